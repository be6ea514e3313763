#include "query/worker/progress.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace sluice::query {

bool work_and_tell(duckdb_connection connection, duckdb_pending_result pending, ProgressPart part,
                   AnswerSink& sink) {
  constexpr std::chrono::milliseconds pause{1};
  constexpr std::chrono::milliseconds interval{500};
  auto told = std::chrono::steady_clock::now();
  for (;;) {
    const duckdb_pending_state state = duckdb_pending_execute_task(pending);
    if (state == DUCKDB_PENDING_RESULT_READY || state == DUCKDB_PENDING_ERROR) return true;
    if (state == DUCKDB_PENDING_NO_TASKS_AVAILABLE) std::this_thread::sleep_for(pause);
    const auto now = std::chrono::steady_clock::now();
    if (now - told < interval) continue;
    told = now;
    const double percent = std::clamp(duckdb_query_progress(connection).percentage, 0.0, 100.0);
    if (!sink.progress(part.from + (part.to - part.from) * percent / 100)) return false;
  }
}

}  // namespace sluice::query
