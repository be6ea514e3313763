// The client against real servers on loopback: files, limits, time, cancellation. An error must
// name no header, path or query.
#include "http/client.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "base/files.h"
#include "base/hash.h"
#include "http/server.h"
#include "http/test_support.h"

namespace sluice::http {
namespace {

using std::chrono::milliseconds;

class ClientTest : public testing::Test {
 protected:
  void SetUp() override {
    Router router;
    router.add("PUT", "/echo", [](Request& request) {
      return Response::text(200, request.body().read_all(16 << 20).value_or("failed"));
    });
    router.add("GET", "/big",
               [](Request&) { return Response::text(200, std::string(2'000'000, 'b')); });
    router.add("GET", "/missing", [](Request&) { return Response::text(404, "gone"); });
    router.add("GET", "/moved", [](Request&) {
      Response response = Response::empty(302);
      response.headers.add("Location", "/big");
      return response;
    });
    router.add("GET", "/silent", [](Request& request) {
      while (!request.disconnected()) std::this_thread::sleep_for(milliseconds(10));
      return Response::empty(204);
    });
    ServerOptions options;
    options.listen = "127.0.0.1:0";
    server_ = Server::start(options, std::move(router)).value();
  }
  ClientRequest to(std::string_view path) const { return get(server_->port(), path); }

  std::unique_ptr<Server> server_;
  Client client_;
};

TEST_F(ClientTest, files_go_both_ways) {
  const std::string path = testing::TempDir() + "sluice_http_upload";
  const std::string content(3'000'000, 'u');
  std::ofstream(path) << content;
  ClientRequest upload = to("/echo");
  upload.method = "PUT";
  upload.upload = FileRange{path, 0, 0};
  EXPECT_EQ(client_.send(upload)->body, content);

  std::FILE* file = std::tmpfile();
  Sha256 hash;
  const auto done = client_.send_to_file(to("/big"), ::fileno(file),
                                         [&](std::string_view bytes) { hash.update(bytes); });
  ASSERT_TRUE(done);
  EXPECT_EQ(hash.finish_hex(), sha256_hex(std::string(2'000'000, 'b')));
  EXPECT_EQ(::lseek(::fileno(file), 0, SEEK_END), 2'000'000);
  EXPECT_EQ(client_.send_to_file(to("/missing"), ::fileno(file))->body, "gone");
  EXPECT_EQ(::lseek(::fileno(file), 0, SEEK_END), 2'000'000);
  std::fclose(file);
}

TEST_F(ClientTest, limits_and_redirects) {
  ClientRequest big = to("/big");
  big.response_bytes_max = 1000;
  EXPECT_EQ(client_.send(big).error().code, "response_too_large");
  EXPECT_EQ(client_.send(to("/moved"))->status, 302);
  ClientRequest file;
  file.url = "file:///etc/passwd";
  EXPECT_EQ(client_.send(file).error().code, "bad_url");
}

TEST_F(ClientTest, time_and_cancellation) {
  ClientRequest late = to("/silent");
  late.deadline = milliseconds(200);
  EXPECT_EQ(client_.send(late).error().kind, Errc::deadline_exceeded);
  ClientRequest stalled = to("/silent");
  stalled.low_speed_time = std::chrono::seconds(1);
  EXPECT_EQ(client_.send(stalled).error().code, "stalled");
  std::stop_source stop;
  ClientRequest cancelled = to("/silent");
  cancelled.stop_token = stop.get_token();
  std::jthread later([&] {
    std::this_thread::sleep_for(milliseconds(100));
    stop.request_stop();
  });
  EXPECT_EQ(client_.send(cancelled).error().kind, Errc::cancelled);
}

TEST_F(ClientTest, what_is_not_http_may_pass) {
  const int listening = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(listening, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(listening, 1), 0);
  ASSERT_EQ(::getsockname(listening, reinterpret_cast<sockaddr*>(&address), &size), 0);
  std::jthread server([&] {
    const int peer = ::accept(listening, nullptr, nullptr);
    char request[4096];
    static_cast<void>(::recv(peer, request, sizeof request, 0));
    static_cast<void>(::send(peer, "220 mail\r\n", 10, MSG_NOSIGNAL));
    ::close(peer);
  });
  const auto answer = client_.send(get(ntohs(address.sin_port), "/"));
  ::close(listening);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, "bad_http_answer");
  EXPECT_TRUE(is_retryable(answer.error().kind));
}

TEST_F(ClientTest, unreachable_is_named_without_secrets) {
  ClientRequest refused;
  refused.url = "http://user:hunter2@127.0.0.1:1/path?token=hunter2";
  refused.headers.add("Authorization", "Bearer hunter2");
  const auto answer = client_.send(refused);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, "connection_refused");
  EXPECT_EQ(to_line(answer.error()).find("hunter2"), std::string::npos);
  EXPECT_NE(to_line(answer.error()).find("127.0.0.1:1"), std::string::npos);
}

}  // namespace
}  // namespace sluice::http
