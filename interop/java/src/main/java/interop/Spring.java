package interop;

import javax.crypto.spec.SecretKeySpec;
import org.springframework.security.oauth2.core.DelegatingOAuth2TokenValidator;
import org.springframework.security.oauth2.jose.jws.MacAlgorithm;
import org.springframework.security.oauth2.jose.jws.SignatureAlgorithm;
import org.springframework.security.oauth2.jwt.JwtAudienceValidator;
import org.springframework.security.oauth2.jwt.JwtValidators;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;

/** org.springframework.security:spring-security-oauth2-jose. */
final class Spring {
  static void minimal(Main.Job job, String token) {
    NimbusJwtDecoder decoder =
        job.shared()
            ? NimbusJwtDecoder.withSecretKey(new SecretKeySpec(job.secret(), "HmacSHA256")).build()
            : NimbusJwtDecoder.withJwkSetUri(job.text("jwksUrl"))
                .jwsAlgorithm(SignatureAlgorithm.from(job.text("algorithm")))
                .build();
    decoder.setJwtValidator(
        new DelegatingOAuth2TokenValidator<>(
            JwtValidators.createDefaultWithIssuer(job.text("issuer")),
            new JwtAudienceValidator(job.text("audience"))));
    decoder.decode(token);
  }

  /** The validators of RFC 9068. */
  static void configured(Main.Job job, String token) {
    NimbusJwtDecoder decoder =
        job.shared()
            ? NimbusJwtDecoder.withSecretKey(new SecretKeySpec(job.secret(), "HmacSHA256"))
                .macAlgorithm(MacAlgorithm.HS256)
                .validateType(false)
                .build()
            : NimbusJwtDecoder.withJwkSetUri(job.text("jwksUrl"))
                .jwsAlgorithm(SignatureAlgorithm.from(job.text("algorithm")))
                .validateType(false)
                .build();
    decoder.setJwtValidator(
        JwtValidators.createAtJwtValidator()
            .issuer(job.text("issuer"))
            .audience(job.text("audience"))
            .clientId(job.text("audience"))
            .build());
    decoder.decode(token);
  }

  private Spring() {}
}
