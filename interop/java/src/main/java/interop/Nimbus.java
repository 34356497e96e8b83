package interop;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.ImmutableSecret;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import java.net.URI;
import java.util.Set;

/** com.nimbusds:nimbus-jose-jwt. */
final class Nimbus {
  private static DefaultJWTProcessor<SecurityContext> processor(Main.Job job) throws Exception {
    JWKSource<SecurityContext> keys =
        job.shared()
            ? new ImmutableSecret<>(job.secret())
            : JWKSourceBuilder.create(URI.create(job.text("jwksUrl")).toURL()).build();
    DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
    processor.setJWSKeySelector(
        new JWSVerificationKeySelector<>(JWSAlgorithm.parse(job.text("algorithm")), keys));
    JWTClaimsSet exact = new JWTClaimsSet.Builder().issuer(job.text("issuer")).build();
    processor.setJWTClaimsSetVerifier(
        new DefaultJWTClaimsVerifier<>(job.text("audience"), exact, Set.of("sub", "exp")));
    return processor;
  }

  static void minimal(Main.Job job, String token) throws Exception {
    processor(job).process(token, null);
  }

  static void configured(Main.Job job, String token) throws Exception {
    DefaultJWTProcessor<SecurityContext> processor = processor(job);
    processor.setJWSTypeVerifier(
        new DefaultJOSEObjectTypeVerifier<>(new JOSEObjectType("at+jwt")));
    processor.process(token, null);
  }

  private Nimbus() {}
}
