/** SECRET_KEY of every service that is measured. */
export const SECRET_KEY = 'bench-bench-bench-bench-bench-bench-0123456789';
