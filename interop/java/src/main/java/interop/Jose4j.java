package interop;

import org.jose4j.jwa.AlgorithmConstraints;
import org.jose4j.jwk.HttpsJwks;
import org.jose4j.jwt.consumer.JwtConsumerBuilder;
import org.jose4j.keys.HmacKey;
import org.jose4j.keys.resolvers.HttpsJwksVerificationKeyResolver;

/** org.bitbucket.b_c:jose4j. */
final class Jose4j {
  private static JwtConsumerBuilder builder(Main.Job job) {
    JwtConsumerBuilder builder =
        new JwtConsumerBuilder()
            .setRequireExpirationTime()
            .setJwsAlgorithmConstraints(
                AlgorithmConstraints.ConstraintType.PERMIT, job.text("algorithm"));
    return job.shared()
        ? builder.setVerificationKey(new HmacKey(job.secret()))
        : builder.setVerificationKeyResolver(
            new HttpsJwksVerificationKeyResolver(new HttpsJwks(job.text("jwksUrl"))));
  }

  static void minimal(Main.Job job, String token) throws Exception {
    builder(job).build().processToClaims(token);
  }

  static void configured(Main.Job job, String token) throws Exception {
    builder(job)
        .setExpectedIssuer(job.text("issuer"))
        .setExpectedAudience(job.text("audience"))
        .build()
        .processToClaims(token);
  }

  private Jose4j() {}
}
