/* VERIFIER USE < job.json: prints a line of JSON for each token, {token, accepted, reason}. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "verify.h"

const char *check_claims(json_t *job, const char *iss, const char *aud, long exp) {
  if (exp <= (long)time(NULL)) return "expired";
  if (iss == NULL || strcmp(iss, json_string_value(json_object_get(job, "issuer"))) != 0) return "another issuer";
  if (aud == NULL || strcmp(aud, json_string_value(json_object_get(job, "audience"))) != 0) return "another audience";
  return NULL;
}

int main(int argc, char **argv) {
  json_t *job = json_loadf(stdin, 0, NULL);
  const char *name;
  json_t *token;
  if (argc < 2 || job == NULL) return 2;
  json_object_foreach(json_object_get(job, "tokens"), name, token) {
    const char *reason = verify(job, json_string_value(token), strcmp(argv[1], "configured") == 0);
    json_t *line = json_pack("{s:s, s:b, s:s}", "token", name, "accepted", reason == NULL, "reason", reason ? reason : "");
    char *text = json_dumps(line, JSON_COMPACT);
    puts(text);
  }
  return 0;
}
