import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;

/** The HttpClient of the JDK. With `1.1`: no offer to go on in HTTP/2. */
final class UseHttpClient {
    public static void main(String[] words) throws Exception {
        boolean plain = List.of(words).contains("1.1");
        Plans.run(id -> {
            HttpClient.Builder builder = HttpClient.newBuilder().connectTimeout(Duration.ofMillis(Plans.TIMEOUT));
            HttpClient client = (plain ? builder.version(HttpClient.Version.HTTP_1_1) : builder).build();
            return (url, plan) -> call(client, url, plan);
        });
    }

    private static Plans.Answer call(HttpClient client, String url, Plans.Plan plan) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofMillis(Plans.TIMEOUT));
        if (plan.body().isEmpty()) {
            request.method(plan.method(), HttpRequest.BodyPublishers.noBody());
        } else {
            request.header("Content-Type", "application/json");
            request.method(plan.method(), HttpRequest.BodyPublishers.ofString(plan.body()));
        }
        HttpResponse<byte[]> answer = client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        List<String> headers = answer.headers().map().entrySet().stream()
            .flatMap(field -> field.getValue().stream().map(value -> field.getKey() + ": " + value))
            .toList();
        return new Plans.Answer(answer.statusCode(), headers, answer.body());
    }
}
