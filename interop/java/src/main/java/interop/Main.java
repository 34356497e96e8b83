package interop;

import com.nimbusds.jose.util.JSONObjectUtils;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** Runs one Java verifier: Main VERIFIER USE &lt; job.json prints a line of JSON for each token. */
public final class Main {
  /** What a verifier is told of the service. */
  record Job(Map<String, Object> fields) {
    String text(String name) {
      return (String) fields.get(name);
    }

    boolean shared() {
      return text("algorithm").equals("HS256");
    }

    byte[] secret() {
      return text("secret").getBytes(StandardCharsets.UTF_8);
    }

    PublicKey publicKey() throws Exception {
      String base64 = text("pem").replaceAll("-----[A-Z ]+-----|\\s", "");
      String type = text("algorithm").equals("RS256") ? "RSA" : "EC";
      return KeyFactory.getInstance(type)
          .generatePublic(new X509EncodedKeySpec(Base64.getDecoder().decode(base64)));
    }
  }

  /** Refuses a token with an exception. */
  interface Verifier {
    void verify(Job job, String token) throws Exception;
  }

  private static Map<String, Verifier> verifiers() {
    Map<String, Verifier> all = new TreeMap<>();
    all.put("nimbus-jose-jwt minimal", Nimbus::minimal);
    all.put("nimbus-jose-jwt configured", Nimbus::configured);
    all.put("spring-security minimal", Spring::minimal);
    all.put("spring-security configured", Spring::configured);
    all.put("jjwt minimal", Jjwt::minimal);
    all.put("jjwt configured", Jjwt::configured);
    all.put("java-jwt minimal", JavaJwt::minimal);
    all.put("java-jwt configured", JavaJwt::configured);
    all.put("jose4j minimal", Jose4j::minimal);
    all.put("jose4j configured", Jose4j::configured);
    return all;
  }

  public static void main(String[] args) throws Exception {
    String text = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
    Job job = new Job(JSONObjectUtils.parse(text));
    Verifier verifier = verifiers().get(args[0] + " " + args[1]);
    Map<String, Object> tokens = JSONObjectUtils.getJSONObject(job.fields(), "tokens");
    for (Map.Entry<String, Object> token : tokens.entrySet()) {
      String reason = "";
      try {
        verifier.verify(job, (String) token.getValue());
      } catch (Exception error) {
        reason = error.getClass().getSimpleName() + ": " + error.getMessage();
      }
      Map<String, Object> line = new HashMap<>();
      line.put("token", token.getKey());
      line.put("accepted", reason.isEmpty());
      line.put("reason", reason);
      System.out.println(JSONObjectUtils.toJSONString(line));
    }
  }
}
