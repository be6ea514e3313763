#include "sync/continuation.h"

#include "sync/error_codes.h"
#include "wire/json.h"

namespace sluice::sync {

std::string to_json(const Continuation& continuation) { return wire::to_text(continuation); }

Result<Continuation> continuation_from_json(const std::string& text) {
  Result<Continuation> read = wire::from_stored_text<Continuation>(text);
  if (read) return read;
  return fail(Errc::invalid_argument, Code::bad_continuation,
              "What the run before handed over cannot be read: " + read.error().detail);
}

}  // namespace sluice::sync
