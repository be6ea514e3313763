#pragma once

#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace sluice::temporal {

namespace detail {

/// At the end of a task, goes straight on with who awaits it; a finished root task gives control
/// back.
struct FinalAwaiter {
  bool await_ready() const noexcept { return false; }
  template <typename Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> finished) const noexcept {
    const std::coroutine_handle<> continuation = finished.promise().continuation;
    return continuation ? continuation : std::noop_coroutine();
  }
  void await_resume() const noexcept {}
};

struct PromiseBase {
  std::coroutine_handle<> continuation = nullptr;
  std::exception_ptr exception = nullptr;
  std::suspend_always initial_suspend() const noexcept { return {}; }
  FinalAwaiter final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { exception = std::current_exception(); }
};

template <typename T>
struct Promise : PromiseBase {
  std::optional<T> value;
  auto get_return_object() { return std::coroutine_handle<Promise>::from_promise(*this); }
  template <typename U>
  void return_value(U&& result) {
    value.emplace(std::forward<U>(result));
  }
  T take() { return std::move(*value); }
};

template <>
struct Promise<void> : PromiseBase {
  auto get_return_object() { return std::coroutine_handle<Promise>::from_promise(*this); }
  void return_void() const noexcept {}
  void take() const noexcept {}
};

}  // namespace detail

/// A coroutine of workflow code: does not start until it is awaited, is awaited once, and owns its
/// frame, so that destroying the outermost task at eviction destroys all of them. Not thread-safe;
/// only a workflow drives it. Never make one from a lambda with captures: the captures die before
/// the coroutine does.
template <typename T>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;

  Task(std::coroutine_handle<promise_type> frame) : frame_(frame) {}  // NOLINT: made by the promise
  Task(Task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(frame_, other.frame_);
    return *this;
  }
  ~Task() {
    if (frame_) frame_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) noexcept {
    frame_.promise().continuation = awaiting;
    return frame_;
  }
  T await_resume() { return result(); }

  // For the one that drives the outermost task:
  std::coroutine_handle<> frame() const noexcept { return frame_; }
  bool done() const noexcept { return frame_.done(); }
  T result() {
    if (frame_.promise().exception) std::rethrow_exception(frame_.promise().exception);
    return frame_.promise().take();
  }

 private:
  std::coroutine_handle<promise_type> frame_;
};

/// Something that a workflow waits for: an activity, a timer, a condition, a spawned Task. Work has
/// begun when the Future is made; `co_await` gives its value, once, or throws what a spawned Task
/// threw. Dropping it does not cancel the work.
template <typename T>
class [[nodiscard]] Future {
 public:
  struct State {
    std::optional<std::conditional_t<std::is_void_v<T>, std::monostate, T>> value;
    std::exception_ptr error = nullptr;
    std::coroutine_handle<> waiter = nullptr;
  };

  explicit Future(std::shared_ptr<State> state) : state_(std::move(state)) {}
  Future(Future&&) noexcept = default;
  Future& operator=(Future&&) noexcept = default;
  ~Future() {
    if (state_) state_->waiter = nullptr;  // the frame that waited dies with the Future it awaited
  }
  bool is_ready() const noexcept { return state_->value.has_value() || state_->error; }
  bool await_ready() const noexcept { return is_ready(); }
  void await_suspend(std::coroutine_handle<> awaiting) noexcept { state_->waiter = awaiting; }
  T await_resume() {
    if (state_->error) std::rethrow_exception(state_->error);
    if constexpr (!std::is_void_v<T>) return std::move(*state_->value);
  }

 private:
  std::shared_ptr<State> state_;
};

}  // namespace sluice::temporal
