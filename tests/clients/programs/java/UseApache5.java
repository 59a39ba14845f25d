import java.util.List;
import java.util.stream.Stream;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.http.io.entity.StringEntity;
import org.apache.hc.core5.http.io.support.ClassicRequestBuilder;
import org.apache.hc.core5.util.Timeout;

/** Apache HttpClient 5. With `off`: `disableAutomaticRetries()`. */
final class UseApache5 {
    public static void main(String[] words) throws Exception {
        Timeout limit = Timeout.ofMilliseconds(Plans.TIMEOUT);
        RequestConfig limits = RequestConfig.custom().setConnectTimeout(limit).setResponseTimeout(limit).build();
        Plans.run(id -> {
            HttpClientBuilder builder = HttpClientBuilder.create()
                .setDefaultRequestConfig(limits)
                .setConnectionManager(PoolingHttpClientConnectionManagerBuilder.create().setMaxConnPerRoute(8).build());
            if (List.of(words).contains("off")) {
                builder.disableAutomaticRetries();
            }
            CloseableHttpClient client = builder.build();
            return new Plans.Client() {
                @Override
                public Plans.Answer call(String url, Plans.Plan plan) throws Exception {
                    return UseApache5.call(client, url, plan);
                }

                @Override
                public void close() throws Exception {
                    client.close();
                }
            };
        });
    }

    private static Plans.Answer call(CloseableHttpClient client, String url, Plans.Plan plan) throws Exception {
        ClassicRequestBuilder request = ClassicRequestBuilder.create(plan.method()).setUri(url);
        if (!plan.body().isEmpty()) {
            request.setEntity(new StringEntity(plan.body(), ContentType.APPLICATION_JSON));
        }
        return client.execute(request.build(), answer -> {
            byte[] body = answer.getEntity() == null ? new byte[0] : EntityUtils.toByteArray(answer.getEntity());
            List<String> headers = Stream.of(answer.getHeaders())
                .map(field -> field.getName() + ": " + field.getValue())
                .toList();
            return new Plans.Answer(answer.getCode(), headers, body);
        });
    }
}
