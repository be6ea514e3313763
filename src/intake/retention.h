#pragma once

#include "base/background_loop.h"
#include "intake/context.h"

namespace sluice::intake {

/// Removes files that are not used (unused_files.h, undecided_files.h) and uploads that expired
/// (expired_uploads.h), and restocks the store's reserve: at once and then every ten minutes, on a
/// thread of its own, until it is destroyed. The context must outlive it.
class RetentionSweeper {
 public:
  explicit RetentionSweeper(Context& context);

 private:
  void sweep();

  Context& context_;
  BackgroundLoop loop_;  ///< Last: it uses the rest.
};

}  // namespace sluice::intake
