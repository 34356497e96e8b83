/* What a C verifier is told of the service, and what it answers. */
#ifndef INTEROP_VERIFY_H
#define INTEROP_VERIFY_H

#include <jansson.h>

/* Returns NULL when the token is accepted, else the reason. `configured` is 1 for the use with settings. */
const char *verify(json_t *job, const char *token, int configured);

/* Compares exp, iss and aud, which the library leaves to its caller. */
const char *check_claims(json_t *job, const char *iss, const char *aud, long exp);

#endif
