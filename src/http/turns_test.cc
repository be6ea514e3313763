// Waiting: for a turn, for a body, for a first byte. None of it may hold a thread or shut out
// others.

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>
#include <vector>

#include "http/host_check.h"
#include "http/server_test_support.h"
#include "http/threads.h"

namespace sluice::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

class TurnsTest : public ServerTest {
 protected:
  TurnsTest() {
    options_.blocking_threads = 2;
    options_.owner_hint = [](const Request& request) {
      return std::string(request.headers.get("X-Owner"));
    };
    router_.add("GET", "/small", [](Request&) { return Response::text(200, "small"); });
  }

  ClientRequest as(const std::string& owner, std::string_view path) const {
    ClientRequest request = get(port(), path);
    request.headers.set("X-Owner", owner);
    return request;
  }

  /// `GET /held` holds one of the slots until `go_`.
  void add_held() {
    router_.add("GET", "/held", [this](Request&) {
      Later later;
      later.slots = &slots_;
      later.wait = milliseconds(5000);
      later.then = [this](Request&, FairSlots::Place) {
        ++inside_;
        go_.wait();
        return Response::text(200, "held");
      };
      later.refused = [](Request&, NoTurn why) {
        return Response::text(503, why == NoTurn::full ? "full" : "late");
      };
      Response response;
      response.body = std::move(later);
      return response;
    });
  }

  FairSlots slots_{
      {.places = 4, .owner_max = 3, .reserve = 1, .waiting_max = 100, .owner_waiting_max = 50}};
  std::latch go_{1};
  std::atomic<int> inside_{0};
};

TEST_F(TurnsTest, who_waits_holds_no_thread_and_nobody_else) {
  add_held();
  start();
  std::vector<std::jthread> waiting;
  std::atomic<int> answered{0};
  for (int i = 0; i < 40; ++i) {
    waiting.emplace_back([this, &answered] {
      Client own;
      const auto answer = own.send(as("a", "/held"));
      answered += answer && answer->body == "held" ? 1 : 0;
    });
  }
  EXPECT_TRUE(eventually([&] { return inside_ == 3 && slots_.waiting() == 37; }));
  EXPECT_EQ(client_.send(as("a", "/small"))->body, "small") << "of the same owner";
  EXPECT_EQ(client_.send(as("b", "/small"))->body, "small");
  std::jthread other([this] { EXPECT_EQ(Client().send(as("b", "/held"))->body, "held"); });
  EXPECT_TRUE(eventually([&] { return inside_ == 4; })) << "the reserve";
  go_.count_down();
  waiting.clear();
  EXPECT_EQ(answered, 40);
}

TEST_F(TurnsTest, a_turn_that_does_not_come_is_told) {
  slots_.~FairSlots();
  new (&slots_) FairSlots({.places = 1, .owner_max = 1, .waiting_max = 1, .owner_waiting_max = 1});
  FairSlots::Place mine = slots_.try_take("somebody");
  router_.add("GET", "/brief", [this](Request&) {
    Later later;
    later.slots = &slots_;
    later.wait = milliseconds(300);
    later.then = [](Request&, FairSlots::Place) { return Response::text(200, "in"); };
    later.refused = [](Request&, NoTurn why) {
      return Response::text(503, why == NoTurn::full ? "full" : "late");
    };
    Response response;
    response.body = std::move(later);
    return response;
  });
  start();
  std::jthread first([this] { EXPECT_EQ(Client().send(as("a", "/brief"))->body, "late"); });
  EXPECT_TRUE(eventually([&] { return slots_.waiting() == 1; }));
  EXPECT_EQ(client_.send(as("a", "/brief"))->body, "full");
  first.join();
  // A client that leaves gives its turn up.
  RawConnection leaving(port());
  leaving.send("GET /brief HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(eventually([&] { return slots_.waiting() == 1; }));
  leaving.close();
  EXPECT_TRUE(eventually([&] { return slots_.waiting() == 0; }));
  mine.give_back();
  EXPECT_EQ(client_.send(as("a", "/brief"))->body, "in");
}

TEST_F(TurnsTest, a_pause_holds_no_thread) {
  std::atomic<int> looks{0};
  std::function<Response(Request&)> look = [&](Request&) {
    if (++looks % 3 == 0) return Response::text(200, "seen");
    Later later;
    later.pause = milliseconds(100);
    later.then = [&look](Request& request, FairSlots::Place) { return look(request); };
    later.refused = [](Request&, NoTurn) { return Response::empty(503); };
    Response response;
    response.body = std::move(later);
    return response;
  };
  router_.add("GET", "/look", look);
  start();
  const auto began = steady_clock::now();
  EXPECT_EQ(client_.send(as("a", "/look"))->body, "seen");
  EXPECT_GE(steady_clock::now() - began, milliseconds(200));
}

/// Of short work too: one owner's slow handlers are not all that there may be.
TEST_F(TurnsTest, short_work_has_a_reserve) {
  options_.blocking_owner_max = 1;
  router_.add("GET", "/slow", [this](Request&) {
    ++inside_;
    go_.wait();
    return Response::text(200, "slow");
  });
  start();
  std::vector<std::jthread> slow;
  for (int i = 0; i < 8; ++i) {
    slow.emplace_back([this] { EXPECT_EQ(Client().send(as("a", "/slow"))->body, "slow"); });
  }
  EXPECT_TRUE(eventually([&] { return inside_ == 1; }));
  EXPECT_EQ(client_.send(as("b", "/small"))->body, "small");
  go_.count_down();
}

class BodyTest : public TurnsTest {
 protected:
  BodyTest() {
    router_.add("POST", "/body",
                [](Request& request) {
                  const auto body = request.body().read_all(1000);
                  return Response::text(200, (request.body_is_whole ? "whole " : "piecemeal ") +
                                                 (body ? *body : body.error().code.text()));
                },
                {.whole_body_bytes_max = 1000});
  }
  static std::string head(const std::string& more) {
    return "POST /body HTTP/1.1\r\nHost: a\r\nX-Owner: a\r\n" + more + "\r\n";
  }
};

TEST_F(BodyTest, slow_bodies_hold_no_thread) {
  start();
  std::vector<std::unique_ptr<RawConnection>> slow;
  for (int i = 0; i < 64; ++i) {
    slow.push_back(std::make_unique<RawConnection>(port()));
    slow.back()->send(head("Content-Length: 10\r\n") + "12345");
  }
  EXPECT_EQ(client_.send(as("a", "/small"))->body, "small");
  ClientRequest quick = post(port(), "/body", "quick");
  quick.headers.set("X-Owner", "b");
  EXPECT_EQ(client_.send(quick)->body, "whole quick");
  slow[5]->send("67890");
  EXPECT_NE(slow[5]->receive("7890").find("whole 1234567890"), std::string::npos);
}

TEST_F(BodyTest, one_owner_does_not_take_the_room_of_all) {
  options_.whole_bodies_max = 8;
  start();
  std::vector<std::unique_ptr<RawConnection>> slow;
  for (int i = 0; i < 20; ++i) {
    slow.push_back(std::make_unique<RawConnection>(port()));
    slow.back()->send(head("Content-Length: 10\r\n") + "12345");
  }
  std::this_thread::sleep_for(milliseconds(100));
  RawConnection other(port());
  other.send("POST /body HTTP/1.1\r\nHost: a\r\nX-Owner: b\r\nContent-Length: 4\r\n\r\nab");
  std::this_thread::sleep_for(milliseconds(50));
  other.send("cd");
  EXPECT_NE(other.receive("abcd").find("whole abcd"), std::string::npos);
}

TEST_F(BodyTest, has_a_deadline_and_a_bound) {
  options_.whole_body_deadline = milliseconds(300);
  start();
  RawConnection slow(port());
  slow.send(head("Content-Length: 10\r\n") + "1");
  for (int i = 0; i < 10; ++i) {  // Each byte in time does not make the whole in time.
    std::this_thread::sleep_for(milliseconds(50));
    slow.send("1");
    if (i == 7) break;
  }
  EXPECT_EQ(slow.receive().substr(9, 3), "408");
  EXPECT_EQ(raw(head("Content-Length: 1001\r\n") + std::string(1001, 'x')).substr(9, 3), "413");
  const std::string large = "3e9\r\n" + std::string(1001, 'x') + "\r\n0\r\n\r\n";
  EXPECT_EQ(raw(head("Transfer-Encoding: chunked\r\n") + large).substr(9, 3), "413");
  EXPECT_EQ(raw(head("Transfer-Encoding: chunked\r\n") + "zz\r\n").substr(9, 3), "400");
  ClientRequest chunked = post(port(), "/body", "in chunks");
  chunked.headers.set("X-Owner", "a");
  chunked.headers.set("Transfer-Encoding", "chunked");
  chunked.headers.set("Expect", "100-continue");
  EXPECT_EQ(client_.send(chunked)->body, "whole in chunks");
}

TEST_F(BodyTest, of_a_stranger_is_not_received_before_he_is_known) {
  router_.add("POST", "/asks",
              [](Request& request) {
                if (request.body_is_whole) return Response::text(200, *request.body().read_all(10));
                if (request.headers.count("Authorization") == 0) return Response::text(401, "who?");
                Later later;
                later.wants_body = true;
                later.then = [](Request& whole, FairSlots::Place) {
                  return Response::text(200, "then " + *whole.body().read_all(10));
                };
                later.refused = [](Request&, NoTurn) { return Response::empty(503); };
                Response response;
                response.body = std::move(later);
                return response;
              },
              {.whole_body_bytes_max = 1000});
  start();
  RawConnection stranger(port());
  stranger.send("POST /asks HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(stranger.receive("who?").substr(9, 3), "401");
  ClientRequest known = post(port(), "/asks", "hello");
  known.headers.set("Authorization", "Bearer x");
  EXPECT_EQ(client_.send(known)->body, "then hello");
}

TEST_F(TurnsTest, idle_connections_make_room) {
  options_.connections_max = 16;
  start();
  std::vector<std::unique_ptr<RawConnection>> idle;
  for (int i = 0; i < 100; ++i) idle.push_back(std::make_unique<RawConnection>(port()));
  for (auto& each : idle) each->send("GET /sm");  // A head that never ends is no request either.
  for (int i = 0; i < 5; ++i) {
    const auto answer = Client().send(as("b", "/small"));
    ASSERT_TRUE(answer) << to_line(answer.error());
    EXPECT_EQ(answer->body, "small");
  }
}

TEST_F(TurnsTest, a_connection_that_says_nothing_is_closed_soon) {
  options_.first_byte_deadline = milliseconds(200);
  options_.idle_deadline = std::chrono::hours(24);
  start();
  EXPECT_EQ(raw(""), "");  // Until the server closes: an idle one it would let be for a day.
  // Between two requests it may be silent for longer.
  RawConnection used(port());
  used.send("GET /small HTTP/1.1\r\nHost: a\r\n\r\n");
  used.receive("small");
  EXPECT_EQ(raw(""), "");  // So long it is silent, at least.
  used.send("GET /small HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_NE(used.receive("small").find("200"), std::string::npos);
}

TEST_F(BodyTest, framing_is_beyond_doubt) {
  start();
  const std::pair<const char*, const char*> cases[] = {
      {"Transfer-Encoding: chunked\r\n", "200"},
      {"Transfer-Encoding: CHUNKED\r\n", "200"},
      {"Transfer-Encoding: gzip, chunked\r\n", "501"},
      {"Transfer-Encoding: identity\r\n", "501"},
      {"Transfer-Encoding: chunked, chunked\r\n", "501"},
      {"Transfer-Encoding: chunked ;q=1\r\n", "400"},
      {"Transfer-Encoding:\r\n chunked\r\n", "400"},
      {"X-Folded: a\r\n\tb\r\nTransfer-Encoding: chunked\r\n", "400"},
      {"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "400"},
  };
  for (const auto& [header, status] : cases) {
    const std::string answer = raw("POST /body HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" +
                                   std::string(header) + "\r\n3\r\nabc\r\n0\r\n\r\n");
    const std::string got = answer.size() < 12 ? "" : answer.substr(9, 3);
    // The parser has a word of its own for some; what counts is that nobody believes them.
    EXPECT_EQ(got, status) << header;
  }
}

TEST(HostCheck, only_names_of_ours) {
  const std::vector<std::string> allowed = {"sluice.example", "192.0.2.1"};
  const auto good = [&](const char* host, std::span<const std::string> names) {
    Request request;
    request.headers.set("Host", host);
    return is_for_us(request, names);
  };
  for (const char* host : {"localhost", "LOCALHOST:8001", "127.0.0.1:1", "[::1]:8001", "[::1]",
                           "sluice.example:443", "Sluice.Example", "192.0.2.1:80"}) {
    EXPECT_TRUE(good(host, allowed)) << host;
  }
  for (const char* host : {"evil.example", "evil.example:8001", "", "localhost.evil.example",
                           "127.0.0.1.evil.example", "192.0.2.2", "sluice.example.evil"}) {
    EXPECT_FALSE(good(host, allowed)) << host;
  }
  const std::vector<std::string> everywhere = {"0.0.0.0"};
  EXPECT_TRUE(good("192.0.2.7:8001", everywhere));
  EXPECT_FALSE(good("evil.example", everywhere));
}

TEST(Threads, as_many_as_there_is_work) {
  Threads threads(1, 3);
  std::latch inside(3);
  std::latch go(1);
  std::atomic<int> done{0};
  for (int i = 0; i < 6; ++i) {
    EXPECT_TRUE(threads.post([&] {
      if (done < 3) {
        inside.count_down();
        go.wait();
      }
      ++done;
    }));
  }
  inside.wait();
  EXPECT_EQ(done, 0);
  go.count_down();
  threads.join();
  EXPECT_EQ(done, 6);
  EXPECT_FALSE(threads.post([] {}));
}

}  // namespace
}  // namespace sluice::http
