#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "query/query.h"

// What goes over the socket between pool and worker. Both sides are this binary, so there are no
// versions; but the worker runs hostile SQL, so the pool bounds and checks what comes back.

namespace sluice::query {

/// A table as the worker gets it: its files are `file_count` descriptors from `first_file` on.
struct JobTable {
  std::vector<std::string> name;
  std::string view_select;
  std::size_t first_file = 0;
  std::size_t file_count = 0;
};

struct Job {
  std::string sql;
  std::vector<JobTable> tables;
  std::int64_t row_limit = 0;
  std::int64_t row_limit_max = 0;
  std::size_t result_bytes_max = 0;
  std::uint64_t memory_bytes = 0;
  int threads = 1;
};

std::string encode_job(const Job& job);
Job decode_job(std::string_view text);  ///< Throws where the text is not ours.

/// Sent before the job, together with the descriptors.
struct JobFrame {
  std::uint32_t job_bytes = 0;
  std::uint32_t file_count = 0;
};

/// Sent before the answer: `head_bytes` of JSON (columns or error), then `rows_bytes` of rows.
struct AnswerFrame {
  std::uint64_t head_bytes = 0;
  std::uint64_t rows_bytes = 0;
};

inline constexpr std::size_t job_bytes_max = 16UL << 20U;  ///< Views of wide tables.
inline constexpr std::size_t answer_head_bytes_max = 16UL
                                                     << 20U;  ///< Names and types of wide answers.

/// Everything of an answer but its rows; or the error.
std::string encode_answer_head(const Result<QueryAnswer>& answer);
/// An unreadable head is the error `query_killed`.
Result<QueryAnswer> decode_answer_head(std::string_view text);

/// The frame with descriptors attached, as one message. True when it went out whole.
bool send_job_frame(int socket, const JobFrame& frame, const std::vector<FileDescriptor>& files);
/// Blocks; false at the end of the stream or on a frame that is not ours.
bool receive_job_frame(int socket, JobFrame& frame, std::vector<FileDescriptor>& files);

/// Blocking and whole; false when the other side is gone.
bool read_whole(int socket, char* into, std::size_t bytes);
bool write_whole(int socket, std::string_view bytes);

/// Every error of a query is made here, so that kind and code stay in step on both sides of the
/// socket.
Error query_error(std::string_view code, std::string detail, std::string remedy = {});

}  // namespace sluice::query
