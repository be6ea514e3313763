// Session: waits for a place, a pause or the answer. Runs on the connection's strand; nothing in
// here may block.
#include <poll.h>

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "http/run_handler.h"
#include "http/session_io.h"

namespace sluice::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::milliseconds;

constexpr milliseconds disconnect_poll{200};

}  // namespace

asio::awaitable<void> Session::await_answer() {
  while (!exchange_->answered()) {
    std::optional<Later> later = exchange_->take_later();
    if (later) {
      co_await take_turn(std::move(*later));
    } else if (const std::span<char> room = exchange_->body_room(); !room.empty()) {
      co_await pump_body(room);
    } else {
      co_await wait(disconnect_poll);
      check_disconnect();
    }
  }
}

/// Nobody's thread is held in here.
asio::awaitable<void> Session::take_turn(Later later) {
  const Deadline pause_ends = std::chrono::steady_clock::now() + later.pause;
  for (milliseconds left = later.pause; left.count() > 0 && !is_gone();) {
    co_await wait(std::min(left, disconnect_poll));
    check_disconnect();
    left = std::chrono::ceil<milliseconds>(pause_ends - std::chrono::steady_clock::now());
  }
  if (later.wants_body) {
    const bool is_read = co_await read_whole_body();
    if (!is_read) co_return;
  }
  NoTurn why = NoTurn::full;
  FairSlots& slots = later.slots != nullptr ? *later.slots : core_->short_work;
  const Deadline deadline = std::chrono::steady_clock::now() + later.wait;
  FairSlots::Place place = co_await await_place(slots, deadline, why);
  if (place) {
    const auto step =
        std::make_shared<std::pair<Later, FairSlots::Place>>(std::move(later), std::move(place));
    const bool is_taken = core_->threads.post([core = core_, exchange = exchange_, step] {
      run_step(*core, *exchange, std::move(step->first), std::move(step->second));
    });
    if (is_taken) co_return;
    later = std::move(step->first);
    step->second.give_back();
  }
  // What the request leaves behind may take its time to go: files, a conversion that is stopped.
  const auto left = std::make_shared<Later>(std::move(later));
  const bool is_taken = core_->threads.post([core = core_, exchange = exchange_, left, why] {
    refuse_step(*core, *exchange, std::move(*left), why);
  });
  if (!is_taken) refuse_step(*core_, *exchange_, std::move(*left), why);
}

/// Empty, and `why`, where none is to be had.
asio::awaitable<FairSlots::Place> Session::await_place(FairSlots& slots, Deadline deadline,
                                                       NoTurn& why) {
  std::optional<FairSlots::Ticket> ticket =
      slots.ask(exchange_->request.owner, [weak = weak_from_this()] {
        if (const std::shared_ptr<Session> self = weak.lock()) self->wake();
      });
  why = NoTurn::full;
  if (!ticket) co_return FairSlots::Place();
  for (;;) {
    FairSlots::Place place = ticket->take();
    const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
    why = is_gone() ? NoTurn::gone : NoTurn::late;
    if (place || left.count() <= 0 || is_gone()) co_return place;
    co_await wait(std::min(left, disconnect_poll));
    check_disconnect();
  }
}

/// A half-close counts as gone, as with nginx: nobody waits for the answer of a client that hung
/// up.
void Session::check_disconnect() {
  pollfd state{stream_.socket().native_handle(), POLLRDHUP, 0};
  if (state.fd < 0 ||
      (::poll(&state, 1, 0) > 0 && (state.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0)) {
    exchange_->abort();
  }
}

void Session::wake() {
  asio::post(stream_.get_executor(), [self = shared_from_this()] {
    self->woken_ = true;
    self->timer_.cancel();
    // The handler answered without waiting for the rest of the body that we prefetch.
    if (self->reading_body_ && self->exchange_ && self->exchange_->answered())
      self->stream_.cancel();
  });
}

asio::awaitable<void> Session::wait(std::chrono::milliseconds at_most) {
  if (!std::exchange(woken_, false)) {
    error_code ignored;
    timer_.expires_after(at_most);
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    woken_ = false;
  }
}

}  // namespace sluice::http
