import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.keycloak.common.crypto.CryptoIntegration;
import org.keycloak.credential.hash.Pbkdf2PasswordHashProvider;
import org.keycloak.crypto.hash.Argon2PasswordHashProvider;
import org.keycloak.models.credential.PasswordCredentialModel;
import org.springframework.security.crypto.argon2.Argon2PasswordEncoder;
import org.springframework.security.crypto.bcrypt.BCryptPasswordEncoder;
import org.springframework.security.crypto.password.LdapShaPasswordEncoder;
import org.springframework.security.crypto.password.MessageDigestPasswordEncoder;
import org.springframework.security.crypto.password.NoOpPasswordEncoder;
import org.springframework.security.crypto.password.Pbkdf2PasswordEncoder;
import org.springframework.security.crypto.scrypt.SCryptPasswordEncoder;

/** Prints one JSON line per vector of Spring Security and Keycloak, as vectors.py does. Run by make-vectors.sh. */
@SuppressWarnings("deprecation")
public class Vectors {
  static final String[] PASSWORDS = {
    "correct horse battery", "pässwörd-Ωmega-日本", "long " + "0123456789".repeat(8) + " tail",
  };

  public static void main(String[] args) {
    String spring = "Spring Security " + args[0];
    Map<String, UnaryOperator<String>> encoders = new LinkedHashMap<>();
    encoders.put("{bcrypt}", new BCryptPasswordEncoder(4)::encode);
    encoders.put("{argon2@SpringSecurity_v5_8}", new Argon2PasswordEncoder(16, 32, 1, 1 << 10, 2)::encode);
    encoders.put("{scrypt@SpringSecurity_v5_8}", new SCryptPasswordEncoder(1 << 10, 8, 1, 32, 16)::encode);
    encoders.put("{pbkdf2@SpringSecurity_v5_8}", Pbkdf2PasswordEncoder.defaultsForSpringSecurity_v5_8()::encode);
    encoders.put("{noop}", NoOpPasswordEncoder.getInstance()::encode);
    encoders.put("{ldap}", new LdapShaPasswordEncoder()::encode);
    encoders.put("{MD5}", new MessageDigestPasswordEncoder("MD5")::encode);
    encoders.put("{SHA-1}", new MessageDigestPasswordEncoder("SHA-1")::encode);
    encoders.put("{SHA-256}", new MessageDigestPasswordEncoder("SHA-256")::encode);
    encoders.forEach((id, encode) -> print("Spring " + id, spring, (password) -> id + encode.apply(password)));
    print("Spring scrypt without id", spring, encoders.get("{scrypt@SpringSecurity_v5_8}"));

    CryptoIntegration.init(Vectors.class.getClassLoader());
    String keycloak = "Keycloak " + args[1];
    for (String[] provider : new String[][] {
      {"pbkdf2", "PBKDF2WithHmacSHA1"}, {"pbkdf2-sha256", "PBKDF2WithHmacSHA256"},
      {"pbkdf2-sha512", "PBKDF2WithHmacSHA512"},
    }) {
      var hasher = new Pbkdf2PasswordHashProvider(provider[0], provider[1], 2000, 0);
      print("Keycloak " + provider[0], keycloak, (password) -> credential(hasher.encodedCredential(password, 2000)));
    }
    var argon2 = new Argon2PasswordHashProvider("1.3", "id", 32, 1024, 1, 2, new java.util.concurrent.Semaphore(1));
    print("Keycloak argon2", keycloak, (password) -> credential(argon2.encodedCredential(password, -1)));
  }

  /** As a realm export holds it: JSON in strings. */
  static String credential(PasswordCredentialModel model) {
    return "{\"credentialData\":" + quote(model.getCredentialData()) + ",\"secretData\":" + quote(model.getSecretData())
        + "}";
  }

  static void print(String format, String library, UnaryOperator<String> make) {
    for (String password : PASSWORDS) {
      try {
        String hash = make.apply(password);
        System.out.println("{\"format\":" + quote(format) + ",\"library\":" + quote(library) + ",\"password\":"
            + quote(password) + ",\"hash\":" + quote(hash) + "}");
      } catch (RuntimeException error) {
        System.err.println(format + ": " + library + " refuses "
            + password.getBytes(StandardCharsets.UTF_8).length + " bytes: " + error.getMessage());
      }
    }
  }

  static String quote(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
