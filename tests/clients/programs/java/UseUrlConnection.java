import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * HttpURLConnection. Its pool belongs to the process and is by name of the host, so every plan has a host name of its
 * own (-Djdk.net.hosts.file). With `stream`: `setFixedLengthStreamingMode`.
 */
final class UseUrlConnection {
    public static void main(String[] words) throws Exception {
        boolean streams = List.of(words).contains("stream");
        Plans.run(id -> (url, plan) -> call(url.replace("127.0.0.1", "plan" + id + ".test"), plan, streams));
    }

    private static Plans.Answer call(String url, Plans.Plan plan, boolean streams) throws Exception {
        HttpURLConnection connection = (HttpURLConnection) new URI(url).toURL().openConnection();
        connection.setConnectTimeout(Plans.TIMEOUT);
        connection.setReadTimeout(Plans.TIMEOUT);
        connection.setRequestMethod(plan.method());
        if (!plan.body().isEmpty()) {
            connection.setRequestProperty("Content-Type", "application/json");
            connection.setDoOutput(true);
            byte[] body = plan.body().getBytes(StandardCharsets.UTF_8);
            if (streams) {
                connection.setFixedLengthStreamingMode(body.length);
            }
            connection.getOutputStream().write(body);
        }
        int status = connection.getResponseCode();
        try (InputStream in = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
            byte[] body = in == null ? new byte[0] : in.readAllBytes();
            List<String> headers = connection.getHeaderFields().entrySet().stream()
                .filter(field -> field.getKey() != null)
                .flatMap(field -> field.getValue().stream().map(value -> field.getKey() + ": " + value))
                .toList();
            return new Plans.Answer(status, headers, body);
        }
    }
}
