package retries;

import com.google.gson.Gson;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Calls Validate until standard input ends, then prints the codes: Main ADDRESS TOKEN [SERVICE_CONFIG]. Makes one call:
 * Main once ADDRESS METHOD REQUEST_BASE64 SERVICE_CONFIG.
 */
public final class Main {
  private static final MethodDescriptor.Marshaller<byte[]> BYTES =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(byte[] value) {
          return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
          try {
            return stream.readAllBytes();
          } catch (IOException error) {
            throw new IllegalStateException(error);
          }
        }
      };

  @SuppressWarnings("unchecked")
  private static ManagedChannelBuilder<?> connect(String address, String[] args, int at) throws IOException {
    ManagedChannelBuilder<?> builder = ManagedChannelBuilder.forTarget(address).usePlaintext();
    if (args.length > at) {
      String config = Files.readString(Path.of(args[at]));
      builder.defaultServiceConfig(new Gson().fromJson(config, Map.class)).enableRetry();
    }
    return builder;
  }

  private static MethodDescriptor<byte[], byte[]> method(String name) {
    return MethodDescriptor.newBuilder(BYTES, BYTES)
        .setType(MethodDescriptor.MethodType.UNARY)
        .setFullMethodName(name)
        .build();
  }

  /** The name of the code. */
  private static String invoke(ManagedChannel channel, MethodDescriptor<byte[], byte[]> method, byte[] request) {
    try {
      ClientCalls.blockingUnaryCall(channel, method, CallOptions.DEFAULT, request);
      return "OK";
    } catch (StatusRuntimeException error) {
      return error.getStatus().getCode().name();
    }
  }

  private static void once(String[] args) throws Exception {
    ManagedChannel channel = connect(args[1], args, 4).build();
    byte[] request = Base64.getDecoder().decode(args[3]);
    long startedAt = System.nanoTime();
    String code = invoke(channel, method(args[2].substring(1)), request);
    Map<String, Object> line = new TreeMap<>();
    line.put("code", code);
    line.put("ms", (System.nanoTime() - startedAt) / 1_000_000);
    System.out.println(new Gson().toJson(line));
    channel.shutdownNow();
  }

  public static void main(String[] args) throws Exception {
    if (args[0].equals("once")) {
      once(args);
      return;
    }
    ManagedChannelBuilder<?> builder = connect(args[0], args, 2);
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + args[1]);
    builder.intercept(MetadataUtils.newAttachHeadersInterceptor(headers));
    ManagedChannel channel = builder.build();
    MethodDescriptor<byte[], byte[]> validate = method("postern.auth.v1.AuthService/Validate");
    AtomicBoolean ended = new AtomicBoolean();
    Thread reader =
        new Thread(
            () -> {
              try {
                System.in.readAllBytes();
              } catch (IOException error) {
                throw new IllegalStateException(error);
              } finally {
                ended.set(true);
              }
            });
    reader.setDaemon(true);
    reader.start();
    Map<String, Integer> codes = new TreeMap<>();
    while (!ended.get()) {
      codes.merge(invoke(channel, validate, new byte[0]), 1, Integer::sum);
      Thread.sleep(20);
    }
    System.out.println(new Gson().toJson(codes));
    channel.shutdownNow();
  }
}
