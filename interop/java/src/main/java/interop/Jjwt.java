package interop;

import io.jsonwebtoken.JwtParserBuilder;
import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.security.Jwk;
import io.jsonwebtoken.security.Jwks;
import io.jsonwebtoken.security.Keys;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** io.jsonwebtoken:jjwt. */
final class Jjwt {
  private static JwtParserBuilder parser(Main.Job job) throws Exception {
    if (job.shared()) return Jwts.parser().verifyWith(Keys.hmacShaKeyFor(job.secret()));
    HttpRequest request = HttpRequest.newBuilder(URI.create(job.text("jwksUrl"))).build();
    String set = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body();
    var keys = Jwks.setParser().build().parse(set);
    return Jwts.parser()
        .keyLocator(
            header -> {
              Object kid = header.get("kid");
              for (Jwk<?> key : keys) if (key.getId().equals(kid)) return key.toKey();
              return null;
            });
  }

  static void minimal(Main.Job job, String token) throws Exception {
    parser(job).build().parseSignedClaims(token);
  }

  static void configured(Main.Job job, String token) throws Exception {
    parser(job)
        .requireIssuer(job.text("issuer"))
        .requireAudience(job.text("audience"))
        .build()
        .parseSignedClaims(token);
  }

  private Jjwt() {}
}
