package interop;

import com.auth0.jwk.JwkProviderBuilder;
import com.auth0.jwt.JWT;
import com.auth0.jwt.algorithms.Algorithm;
import java.net.URI;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;

/** com.auth0:java-jwt with com.auth0:jwks-rsa. */
final class JavaJwt {
  private static Algorithm algorithm(Main.Job job, String token) throws Exception {
    if (job.shared()) return Algorithm.HMAC256(job.secret());
    String kid = JWT.decode(token).getKeyId();
    PublicKey key =
        new JwkProviderBuilder(URI.create(job.text("jwksUrl")).toURL()).build().get(kid).getPublicKey();
    return job.text("algorithm").equals("RS256")
        ? Algorithm.RSA256((RSAPublicKey) key, null)
        : Algorithm.ECDSA256((ECPublicKey) key, null);
  }

  static void minimal(Main.Job job, String token) throws Exception {
    JWT.require(algorithm(job, token)).build().verify(token);
  }

  static void configured(Main.Job job, String token) throws Exception {
    JWT.require(algorithm(job, token))
        .withIssuer(job.text("issuer"))
        .withAudience(job.text("audience"))
        .build()
        .verify(token);
  }

  private JavaJwt() {}
}
