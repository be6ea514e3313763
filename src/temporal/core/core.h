#pragma once

// Inside this room only: the C bridge of Temporal's core, and who owns what of it.

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

extern "C" {
#include <temporal-sdk-core-c-bridge.h>
}

#ifdef SLUICE_TSAN
#include <sanitizer/tsan_interface.h>
#endif

#include "base/result.h"

namespace sluice::temporal {

// What is handed to the core comes back on another thread of its, in an order that the core's own
// locks make. Those are Rust, which no sanitizer of ours sees into, so that the order is said here.
#ifdef SLUICE_TSAN
inline void say_handed_over(const void* address) { __tsan_release(const_cast<void*>(address)); }
inline void say_taken_over(const void* address) { __tsan_acquire(const_cast<void*>(address)); }
#else
inline void say_handed_over(const void*) {}
inline void say_taken_over(const void*) {}
#endif

/// Gives an object to the core as the `user_data` of a callback, and takes it back there.
template <typename T>
void* hand_to_core(std::unique_ptr<T> object) {
  say_handed_over(object.get());
  return object.release();
}
template <typename T>
std::unique_ptr<T> take_from_core(void* user_data) {
  say_taken_over(user_data);
  return std::unique_ptr<T>(static_cast<T*>(user_data));
}

/// Owns the core's runtime. Everything that the core hands out is freed with it, so each owner of
/// such a thing holds the RuntimeCore as well.
class RuntimeCore {
 public:
  explicit RuntimeCore(TemporalCoreRuntime* runtime) : runtime_(runtime) {}
  RuntimeCore(const RuntimeCore&) = delete;
  RuntimeCore& operator=(const RuntimeCore&) = delete;
  ~RuntimeCore();

  TemporalCoreRuntime* get() const { return runtime_; }
  /// Copies the bytes and frees them; empty for null.
  std::string take(const TemporalCoreByteArray* bytes) const;

 private:
  TemporalCoreRuntime* runtime_;
};

/// The core takes no null pointer, not even for nothing.
inline TemporalCoreByteArrayRef bytes_of(std::string_view text) {
  static constexpr char nothing = 0;
  return {reinterpret_cast<const std::uint8_t*>(text.empty() ? &nothing : text.data()),
          text.size()};
}

/// True on threads of the core, where the runtime must not be freed: it would wait for its own
/// thread.
inline thread_local bool is_core_thread = false;

/// What a callback of the core is to fulfil: lives on the heap, owned by the callback, which runs
/// on a thread of the core and must neither block nor throw. The runtime is let go before the
/// promise is kept, so that a waiter that wakes is never outrun by a last reference on a core
/// thread.
template <typename T>
struct CallbackContext {
  std::shared_ptr<RuntimeCore> core;
  std::shared_ptr<const void>
      pinned;  ///< Request bytes and owners that the core reads until it calls back.
  std::promise<T> promise;

  static void fulfil(std::unique_ptr<CallbackContext> context, T value) {
    is_core_thread = true;
    std::promise<T> promise = std::move(context->promise);
    context.reset();
    promise.set_value(std::move(value));
  }
};

/// What a poll came to: bytes of a task, or an error, or (neither) the end because of shutdown.
struct Polled {
  std::string bytes;
  std::string error;
  bool is_shutdown = false;
};

}  // namespace sluice::temporal
