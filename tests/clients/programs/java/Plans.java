import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.IntStream;

/** What a program is told, and how it says what it saw: see ../python/protocol.py. */
final class Plans {
    static final int TIMEOUT = 1000;
    /** A call that takes longer, with a timeout of a second, does not end by itself. */
    private static final int NEVER = 8000;

    private static final ExecutorService THREADS = Executors.newCachedThreadPool(work -> {
        Thread thread = new Thread(work);
        thread.setDaemon(true);
        return thread;
    });

    record Plan(String id, String method, String body) {}

    record Answer(int status, List<String> headers, byte[] body) {}

    interface Client {
        Answer call(String url, Plan plan) throws Exception;

        default void close() throws Exception {}
    }

    private Plans() {}

    /** `open` makes a new client, given the id of the plan. */
    static void run(Function<String, Client> open) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] field = line.split("\t", -1);
            Plan plan = new Plan(field[0], field[1], field[6]);
            Client client = open.apply(plan.id());
            List<Future<?>> before = IntStream.range(0, Integer.parseInt(field[3]))
                .<Future<?>>mapToObj(number -> THREADS.submit(() -> attempt(client, plan, "before", field[2])))
                .toList();
            for (Future<?> call : before) {
                call.get();
            }
            attempt(client, plan, "call", field[4]);
            attempt(client, plan, "after", field[5]);
            client.close();
        }
        System.exit(0);
    }

    private static void attempt(Client client, Plan plan, String what, String url) {
        Future<Answer> call = THREADS.submit(() -> client.call(url, plan));
        try {
            Answer answer = call.get(NEVER, TimeUnit.MILLISECONDS);
            String head = String.join("\n", answer.headers());
            say(plan, what, String.valueOf(answer.status()), head.getBytes(StandardCharsets.ISO_8859_1), answer.body());
        } catch (TimeoutException problem) {
            call.cancel(true);
            say(plan, what, "never", new byte[0], new byte[0]);
        } catch (ExecutionException problem) {
            fail(plan, what, problem.getCause());
        } catch (InterruptedException problem) {
            fail(plan, what, problem);
        }
    }

    private static void fail(Plan plan, String what, Throwable problem) {
        byte[] kind = problem.getClass().getName().getBytes(StandardCharsets.UTF_8);
        say(plan, what, "error", kind, String.valueOf(problem.getMessage()).getBytes(StandardCharsets.UTF_8));
    }

    private static synchronized void say(Plan plan, String what, String status, byte[] head, byte[] body) {
        Base64.Encoder base64 = Base64.getEncoder();
        String[] fields = {plan.id(), what, status, base64.encodeToString(head), base64.encodeToString(body)};
        System.out.println(String.join("\t", fields));
    }
}
