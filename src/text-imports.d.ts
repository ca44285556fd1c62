// Migrations and built-in rules are imported as text: esbuild inlines them, vitest does so through the plugin in
// vitest.config.ts. Plain `node src/...` cannot import them.
declare module "*.sql" {
  const text: string;
  export default text;
}

declare module "*.toml" {
  const text: string;
  export default text;
}
