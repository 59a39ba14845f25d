# Ruby's Net::HTTP: one connection. With `off`: `max_retries = 0`.

require "base64"
require "net/http"

def say(id, what, status, head, body)
  puts [id, what, status, Base64.strict_encode64(head), Base64.strict_encode64(body)].join("\t")
  $stdout.flush
end

def attempt(http, id, what, method, url, body)
  uri = URI(url)
  request = (method == "GET" ? Net::HTTP::Get : Net::HTTP::Post).new(uri)
  unless body.empty?
    request["Content-Type"] = "application/json"
    request.body = body
  end
  http.start unless http.started?
  answer = http.request(request)
  say(id, what, answer.code, answer.each_header.map { |name, value| "#{name}: #{value}" }.join("\n"), answer.body.to_s)
rescue StandardError => problem
  say(id, what, "error", problem.class.name, problem.message)
end

$stdin.each_line(chomp: true) do |line|
  id, method, before, count, url, after, body = line.split("\t", -1)
  uri = URI(url)
  http = Net::HTTP.new(uri.host, uri.port, nil)
  http.open_timeout = http.read_timeout = 1
  http.max_retries = 0 if ARGV.include?("off")
  count.to_i.times { attempt(http, id, "before", method, before, body) }
  attempt(http, id, "call", method, url, body)
  attempt(http, id, "after", method, after, body)
  http.finish if http.started?
end
