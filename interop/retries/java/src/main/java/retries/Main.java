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
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;

/** Calls Validate until standard input ends, then prints the codes: Main ADDRESS TOKEN [SERVICE_CONFIG]. */
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
  public static void main(String[] args) throws Exception {
    ManagedChannelBuilder<?> builder = ManagedChannelBuilder.forTarget(args[0]).usePlaintext();
    if (args.length > 2) {
      String config = Files.readString(Path.of(args[2]));
      builder.defaultServiceConfig(new Gson().fromJson(config, Map.class)).enableRetry();
    }
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + args[1]);
    builder.intercept(MetadataUtils.newAttachHeadersInterceptor(headers));
    ManagedChannel channel = builder.build();
    MethodDescriptor<byte[], byte[]> validate =
        MethodDescriptor.newBuilder(BYTES, BYTES)
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName("postern.auth.v1.AuthService/Validate")
            .build();
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
      String code = "OK";
      try {
        ClientCalls.blockingUnaryCall(channel, validate, CallOptions.DEFAULT, new byte[0]);
      } catch (StatusRuntimeException error) {
        code = error.getStatus().getCode().name();
      }
      codes.merge(code, 1, Integer::sum);
      Thread.sleep(20);
    }
    System.out.println(new Gson().toJson(codes));
    channel.shutdownNow();
  }
}
