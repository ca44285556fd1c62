import { serve } from "./serve.ts";
import { services } from "./services.ts";

/** The program of a thread that inspects the machine for a server. */
serve(services);
