// The server on loopback, as good and bad clients meet it. What waits is in turns_test.cc.
#include "http/server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <latch>
#include <stdexcept>
#include <thread>

#include "base/error_codes.h"
#include "http/client.h"
#include "http/multipart.h"
#include "http/server_test_support.h"

namespace sluice::http {
namespace {

using std::chrono::milliseconds;

TEST_F(ServerTest, routes_and_refuses) {
  router_.add("GET", "/hello/{name}", [](Request& request) {
    return Response::text(200, "hi " + std::string(request.parameter("name")));
  });
  router_.add("GET", "/throws", [](Request&) -> Response { throw std::runtime_error("secret"); });
  router_.add("GET", "/health", [](Request&) { return Response::text(200, "ok"); }, {true, {}});
  start();
  const auto hello = client_.send(get(port(), "/hello/a%2Fb?x=1"));
  ASSERT_TRUE(hello) << to_line(hello.error());
  EXPECT_EQ(hello->body, "hi a/b");
  EXPECT_EQ(hello->headers.get("x-request-id").size(), 36U);
  EXPECT_EQ(client_.send(get(port(), "/health"))->body, "ok");
  EXPECT_EQ(client_.send(get(port(), "/nope"))->status, 404);
  const auto wrong = client_.send(post(port(), "/health", ""));
  EXPECT_EQ(wrong->status, 405);
  EXPECT_EQ(wrong->headers.get("Allow"), "GET, HEAD");
  const auto thrown = client_.send(get(port(), "/throws"));
  EXPECT_EQ(thrown->status, 500);
  EXPECT_EQ(thrown->body.find("secret"), std::string::npos);
  ClientRequest head = get(port(), "/hello/x");
  head.method = "HEAD";
  head.headers.set("X-Request-Id", "my-id.1");
  const auto headed = client_.send(head);
  ASSERT_TRUE(headed) << to_line(headed.error());
  EXPECT_EQ(headed->headers.get("Content-Length"), "4");
  EXPECT_EQ(headed->headers.get("X-Request-Id"), "my-id.1");
  EXPECT_EQ(headed->body, "");
}

TEST_F(ServerTest, malformed_requests_are_400) {
  router_.add("GET", "/", [](Request&) { return Response::text(200, "ok"); });
  start();
  EXPECT_TRUE(raw("nonsense\r\n\r\n").starts_with("HTTP/1.1 400"));
  EXPECT_TRUE(raw("GET / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 400"));
  EXPECT_TRUE(raw("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n")
                  .starts_with("HTTP/1.1 400"));
  EXPECT_TRUE(raw("GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n").find(" 400 ") != std::string::npos);
  EXPECT_TRUE(raw("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(40000, 'x') + "\r\n\r\n")
                  .starts_with("HTTP/1.1 431"));
  // What follows must not be taken for a request of its own.
  const std::string hidden =
      raw("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\nGET / HTTP/1.1\r\nHost: "
          "a\r\n\r\n");
  EXPECT_TRUE(hidden.starts_with("HTTP/1.1 501")) << hidden;
  EXPECT_EQ(hidden.find("HTTP/1.1", 8), std::string::npos) << hidden;
  EXPECT_TRUE(raw("GET / HTTP/1.0\r\n\r\n").starts_with("HTTP/1.0 200"));
  EXPECT_TRUE(raw("GET http://a/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                  .ends_with("\r\n\r\nok"));
}

TEST_F(ServerTest, big_bodies_arrive_whole_with_backpressure) {
  std::atomic<std::uint64_t> seen{0};
  router_.add("POST", "/slow",
              [&](Request& request) {
                std::string buffer(16 << 10, '\0');
                for (;;) {
                  const auto got = request.body().read(buffer);
                  if (!got) return Response::text(status_for(got.error().kind), got.error().code);
                  if (*got == 0) return Response::text(200, std::to_string(seen.load()));
                  if (seen == 0) std::this_thread::sleep_for(milliseconds(100));
                  seen += *got;
                }
              },
              {false, 64U << 20});
  start();
  const std::string body(48U << 20, 'x');
  const auto answer = client_.send(post(port(), "/slow", body));
  ASSERT_TRUE(answer) << to_line(answer.error());
  EXPECT_EQ(answer->body, std::to_string(body.size()));
  seen = 0;
  ClientRequest chunked = post(port(), "/slow", std::string(300'000, 'y'));
  chunked.headers.add("Transfer-Encoding", "chunked");
  chunked.headers.add("Expect", "100-continue");
  const auto second = client_.send(chunked);
  ASSERT_TRUE(second) << to_line(second.error());
  EXPECT_EQ(second->body, "300000");
  EXPECT_EQ(raw("POST /slow HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: "
                "close\r\n\r\nzz\r\n")
                .substr(9, 3),
            "400");
}

TEST_F(ServerTest, bodies_over_the_limit_are_413) {
  options_.body_bytes_max = 1000;
  router_.add("POST", "/", [](Request& request) {
    const auto body = request.body().read_all(1 << 20);
    return body ? Response::text(200, *body)
                : Response::text(status_for(body.error().kind), body.error().code);
  });
  router_.add("POST", "/ignores", [](Request&) { return Response::text(401, "no"); });
  start();
  EXPECT_EQ(client_.send(post(port(), "/", std::string(1000, 'x')))->status, 200);
  EXPECT_EQ(client_.send(post(port(), "/", std::string(1001, 'x')))->status, 413);
  ClientRequest chunked = post(port(), "/", std::string(200'000, 'x'));
  chunked.headers.add("Transfer-Encoding", "chunked");
  EXPECT_EQ(client_.send(chunked)->status, 413);
  EXPECT_EQ(client_.send(post(port(), "/ignores", std::string(500'000, 'x')))->status, 401);
}

TEST_F(ServerTest, multipart_over_the_wire) {
  struct Counter final : PartSink {
    std::uint64_t bytes = 0;
    Result<void> begin(const Part&) override { return {}; }
    Result<void> data(std::string_view piece) override {
      bytes += piece.size();
      return {};
    }
    Result<void> end() override { return {}; }
  };
  router_.add("POST", "/", [](Request& request) {
    Counter counter;
    const auto done = read_multipart(request, counter);
    return done ? Response::text(200, std::to_string(counter.bytes))
                : Response::text(400, done.error().code);
  });
  start();
  ClientRequest form = post(port(), "/",
                            "--b\r\nContent-Disposition: form-data; name=f\r\n\r\n" +
                                std::string(1'000'000, '\r') + "\r\n--b--\r\n");
  form.headers.add("Content-Type", "multipart/form-data; boundary=b");
  EXPECT_EQ(client_.send(form)->body, "1000000");
  form.body.resize(1000);
  EXPECT_EQ(client_.send(form)->body, "bad_multipart");
}

TEST_F(ServerTest, slow_loris_is_cut_off) {
  options_.header_deadline = milliseconds(200);
  options_.idle_deadline = milliseconds(300);
  options_.read_deadline = milliseconds(200);
  std::atomic<bool> too_slow{false};
  router_.add("POST", "/", [&](Request& request) {
    const auto body = request.body().read_all(100);
    too_slow = !body && body.error().code == "body_too_slow";
    return Response::empty(408);
  });
  start();
  // Each waits until the server closes, which nothing but its deadline makes it do.
  EXPECT_EQ(raw("GET / HT"), "");
  EXPECT_EQ(raw(""), "");
  EXPECT_EQ(raw("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc"), "");
  EXPECT_TRUE(eventually([&] { return too_slow.load(); }));
}

TEST_F(ServerTest, a_full_queue_is_503_but_health_answers) {
  options_.blocking_threads = 1;
  options_.blocking_queue_max = 0;
  std::latch go(1);
  std::atomic<int> inside{0};
  router_.add("GET", "/wait", [&](Request&) {
    ++inside;
    go.wait();
    return Response::text(200, "done");
  });
  router_.add("GET", "/health", [](Request&) { return Response::text(200, "ok"); }, {true, {}});
  start();
  std::thread first([&] { EXPECT_EQ(client_.send(get(port(), "/wait"))->body, "done"); });
  EXPECT_TRUE(eventually([&] { return inside == 1; }));
  const auto busy = client_.send(get(port(), "/wait"));
  EXPECT_EQ(busy->status, 503);
  EXPECT_EQ(busy->headers.get("Retry-After"), "1");
  EXPECT_EQ(client_.send(get(port(), "/health"))->status, 200);
  go.count_down();
  first.join();
}

TEST_F(ServerTest, drain_lets_running_requests_finish) {
  std::atomic<bool> inside{false};
  std::latch go(1);
  router_.add("GET", "/", [&](Request&) {
    inside = true;
    go.wait();
    return Response::text(200, "done");
  });
  start();
  RawConnection idle(port());
  std::thread running([&] { EXPECT_EQ(client_.send(get(port(), "/"))->body, "done"); });
  EXPECT_TRUE(eventually([&] { return inside.load(); }));
  std::atomic<bool> drained{false};
  std::thread draining([&] { drained = server_->drain(milliseconds(5000)); });
  // From the moment on that it takes nobody new it drains, and the request is still running.
  EXPECT_TRUE(eventually([&] { return !RawConnection(port()).connected(); }));
  EXPECT_FALSE(drained);
  go.count_down();
  draining.join();
  EXPECT_TRUE(drained);
  running.join();
  EXPECT_FALSE(RawConnection(port()).connected());
}

TEST_F(ServerTest, a_stuck_request_is_cut_off_and_told) {
  std::atomic<bool> inside{false};
  router_.add("GET", "/", [&](Request& request) {
    inside = true;
    while (!request.disconnected()) std::this_thread::sleep_for(milliseconds(10));
    return Response::text(200, "late");
  });
  start();
  RawConnection client(port());
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(eventually([&] { return inside.load(); }));
  EXPECT_FALSE(server_->drain(milliseconds(50)));
  server_.reset();
}

TEST_F(ServerTest, a_handler_sees_the_client_leave) {
  std::atomic<bool> saw{false};
  std::atomic<bool> inside{false};
  std::atomic<bool> stream_failed{false};
  router_.add("GET", "/", [&](Request& request) {
    inside = true;
    saw = eventually([&] { return request.disconnected(); });
    return Response::empty(204);
  });
  router_.add("GET", "/stream", [&](Request&) {
    Response response;
    response.body = [&](BodyWriter& out) -> Result<void> {
      const std::string piece(100'000, 'z');
      for (;;) {
        Result<void> sent = out.write(piece);
        if (!sent) {
          stream_failed = true;
          return sent;
        }
      }
    };
    return response;
  });
  start();
  RawConnection client(port());
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(eventually([&] { return inside.load(); }));
  client.close();
  EXPECT_TRUE(eventually([&] { return saw.load(); }));
  RawConnection reader(port());
  reader.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
  reader.receive("zzz");
  reader.close();
  EXPECT_TRUE(eventually([&] { return stream_failed.load(); }));
}

TEST_F(ServerTest, files_and_streams) {
  const std::string path = testing::TempDir() + "sluice_http_file";
  std::string content(700'000, 'a');
  content.replace(1000, 3, "XYZ");
  std::ofstream(path) << content;
  router_.add("GET", "/file", [&](Request&) {
    Response response;
    response.body = FileRange{path, 1000, 600'000};
    return response;
  });
  router_.add("GET", "/short", [&](Request&) {
    Response response;
    response.body = FileRange{path, 1000, 700'000};
    return response;
  });
  router_.add("GET", "/stream", [](Request& request) {
    Response response;
    response.body = [broken = request.query_parameter("broken") !=
                              nullptr](BodyWriter& out) -> Result<void> {
      TRY(out.write("one "));
      TRY(out.write("two"));
      if (broken) return fail(Errc::internal, BaseCode::internal_error, "x");
      return {};
    };
    return response;
  });
  router_.add("GET", "/polled", [](Request&) {
    Response response;
    response.body = PolledBody{milliseconds(5), [left = 3]() mutable -> std::optional<std::string> {
                                 if (left-- == 0) return std::nullopt;
                                 return "tick ";
                               }};
    return response;
  });
  start();
  EXPECT_EQ(client_.send(get(port(), "/file"))->body, content.substr(1000, 600'000));
  EXPECT_EQ(client_.send(get(port(), "/short"))->status, 500);
  EXPECT_EQ(client_.send(get(port(), "/stream"))->body, "one two");
  EXPECT_EQ(client_.send(get(port(), "/polled"))->body, "tick tick tick ");
  EXPECT_EQ(client_.send(get(port(), "/stream?broken=1")).error().kind, Errc::unavailable);
  ClientRequest head = get(port(), "/stream");
  head.method = "HEAD";
  EXPECT_EQ(client_.send(head)->status, 200);
}

TEST_F(ServerTest, a_taken_port_is_named) {
  start();
  ServerOptions second;
  second.listen = "127.0.0.1:" + std::to_string(port());
  const auto taken = Server::start(second, Router());
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, "port_taken");
  EXPECT_NE(taken.error().detail.find(std::to_string(port())), std::string::npos);
  second.listen = "nowhere";
  EXPECT_EQ(Server::start(second, Router()).error().code, "bad_listen_address");
}

}  // namespace
}  // namespace sluice::http
