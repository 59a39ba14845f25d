import java.util.List;
import java.util.concurrent.TimeUnit;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;

/** OkHttp. With `h2`: HTTP/2 with prior knowledge. With `off`: `retryOnConnectionFailure(false)`. */
final class UseOkHttp {
    public static void main(String[] words) throws Exception {
        List<String> settings = List.of(words);
        Plans.run(id -> {
            OkHttpClient.Builder builder = new OkHttpClient.Builder()
                .connectTimeout(Plans.TIMEOUT, TimeUnit.MILLISECONDS)
                .readTimeout(Plans.TIMEOUT, TimeUnit.MILLISECONDS)
                .retryOnConnectionFailure(!settings.contains("off"));
            if (settings.contains("h2")) {
                builder.protocols(List.of(Protocol.H2_PRIOR_KNOWLEDGE));
            }
            OkHttpClient client = builder.build();
            return new Plans.Client() {
                @Override
                public Plans.Answer call(String url, Plans.Plan plan) throws Exception {
                    return UseOkHttp.call(client, url, plan);
                }

                @Override
                public void close() {
                    client.connectionPool().evictAll();
                    client.dispatcher().executorService().shutdown();
                }
            };
        });
    }

    private static Plans.Answer call(OkHttpClient client, String url, Plans.Plan plan) throws Exception {
        Request.Builder request = new Request.Builder().url(url);
        MediaType json = MediaType.get("application/json");
        RequestBody body = plan.body().isEmpty() ? null : RequestBody.create(json, plan.body());
        try (Response answer = client.newCall(request.method(plan.method(), body).build()).execute()) {
            List<String> headers = answer.headers().toString().lines().toList();
            return new Plans.Answer(answer.code(), headers, answer.body().bytes());
        }
    }
}
