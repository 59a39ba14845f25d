import java.util.List;
import java.util.stream.Stream;
import org.apache.http.client.config.RequestConfig;
import org.apache.http.client.methods.CloseableHttpResponse;
import org.apache.http.client.methods.RequestBuilder;
import org.apache.http.entity.ContentType;
import org.apache.http.entity.StringEntity;
import org.apache.http.impl.client.CloseableHttpClient;
import org.apache.http.impl.client.HttpClientBuilder;
import org.apache.http.util.EntityUtils;

/** Apache HttpClient 4. With `off`: `disableAutomaticRetries()`. */
final class UseApache4 {
    public static void main(String[] words) throws Exception {
        int limit = Plans.TIMEOUT;
        RequestConfig limits = RequestConfig.custom().setConnectTimeout(limit).setSocketTimeout(limit).build();
        Plans.run(id -> {
            HttpClientBuilder builder = HttpClientBuilder.create()
                .setDefaultRequestConfig(limits)
                .setMaxConnPerRoute(8);
            if (List.of(words).contains("off")) {
                builder.disableAutomaticRetries();
            }
            CloseableHttpClient client = builder.build();
            return new Plans.Client() {
                @Override
                public Plans.Answer call(String url, Plans.Plan plan) throws Exception {
                    return UseApache4.call(client, url, plan);
                }

                @Override
                public void close() throws Exception {
                    client.close();
                }
            };
        });
    }

    private static Plans.Answer call(CloseableHttpClient client, String url, Plans.Plan plan) throws Exception {
        RequestBuilder request = RequestBuilder.create(plan.method()).setUri(url);
        if (!plan.body().isEmpty()) {
            request.setEntity(new StringEntity(plan.body(), ContentType.APPLICATION_JSON));
        }
        try (CloseableHttpResponse answer = client.execute(request.build())) {
            byte[] body = answer.getEntity() == null ? new byte[0] : EntityUtils.toByteArray(answer.getEntity());
            List<String> headers = Stream.of(answer.getAllHeaders())
                .map(field -> field.getName() + ": " + field.getValue())
                .toList();
            return new Plans.Answer(answer.getStatusLine().getStatusCode(), headers, body);
        }
    }
}
