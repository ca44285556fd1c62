/**
 * Characters that a terminal would execute or hide: control characters, line separators, directional overrides
 * and other invisible format characters, halves of surrogate pairs. The zero-width joiner stays:
 * emoji are made with it.
 */
export const unsafeCharacters = /(?!\u200d)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
