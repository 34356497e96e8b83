// VERIFIER USE < job.json: prints a line of JSON for each token, {token, accepted, reason}.
#include <iostream>
#include <jwt/jwt.hpp>
#include <string>

using nlohmann::json;
using namespace jwt::params;

/// Why a token is refused, or nothing.
static std::string verify(const json &job, const std::string &token, bool configured) {
  const std::string algorithm = job["algorithm"];
  const std::string key = job[algorithm == "HS256" ? "secret" : "pem"];
  const std::string iss = job["issuer"], audience = job["audience"];
  try {
    if (configured) {
      jwt::decode(token, algorithms({algorithm}), secret(key), issuer(iss), aud(audience));
    } else {
      jwt::decode(token, algorithms({algorithm}), secret(key));
    }
    return "";
  } catch (const std::exception &error) {
    return error.what();
  }
}

int main(int, char **argv) {
  const json job = json::parse(std::cin);
  for (const auto &[name, token] : job["tokens"].items()) {
    const std::string reason = verify(job, token, std::string(argv[2]) == "configured");
    std::cout << json{{"token", name}, {"accepted", reason.empty()}, {"reason", reason}} << std::endl;
  }
}
