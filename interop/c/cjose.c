#include <cjose/cjose.h>
#include <string.h>

#include "verify.h"

static cjose_jwk_t *find_key(json_t *job, cjose_err *error) {
  if (strcmp(json_string_value(json_object_get(job, "algorithm")), "HS256") == 0) {
    const char *secret = json_string_value(json_object_get(job, "secret"));
    return cjose_jwk_create_oct_spec((const uint8_t *)secret, strlen(secret), error);
  }
  json_t *key = json_array_get(json_object_get(json_object_get(job, "jwks"), "keys"), 0);
  char *text = json_dumps(key, JSON_COMPACT);
  return cjose_jwk_import(text, strlen(text), error);
}

const char *verify(json_t *job, const char *token, int configured) {
  cjose_err error;
  cjose_jwk_t *key = find_key(job, &error);
  if (key == NULL) return error.message;
  cjose_jws_t *jws = cjose_jws_import(token, strlen(token), &error);
  if (jws == NULL) return error.message;
  if (!cjose_jws_verify(jws, key, &error)) return "the signature is not valid";
  if (!configured) return NULL;
  uint8_t *plain = NULL;
  size_t length = 0;
  if (!cjose_jws_get_plaintext(jws, &plain, &length, &error)) return error.message;
  json_t *claims = json_loadb((const char *)plain, length, 0, NULL);
  const char *iss = json_string_value(json_object_get(claims, "iss"));
  const char *aud = json_string_value(json_object_get(claims, "aud"));
  return check_claims(job, iss, aud, (long)json_integer_value(json_object_get(claims, "exp")));
}
