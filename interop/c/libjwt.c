#include <errno.h>
#include <jwt.h>
#include <string.h>

#include "verify.h"

static const char *text(json_t *job, const char *name) { return json_string_value(json_object_get(job, name)); }

const char *verify(json_t *job, const char *token, int configured) {
  const char *key = strcmp(text(job, "algorithm"), "HS256") == 0 ? text(job, "secret") : text(job, "pem");
  jwt_t *jwt = NULL;
  int code = jwt_decode(&jwt, token, (const unsigned char *)key, (int)strlen(key));
  if (code != 0) return strerror(code > 0 ? code : errno);
  if (jwt_get_alg(jwt) != jwt_str_alg(text(job, "algorithm"))) return "another algorithm";
  if (!configured) return NULL;
  return check_claims(job, jwt_get_grant(jwt, "iss"), jwt_get_grant(jwt, "aud"), jwt_get_grant_int(jwt, "exp"));
}
