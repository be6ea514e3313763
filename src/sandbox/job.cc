#include "sandbox/job.h"

#include <csignal>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/utf8.h"
#include "sandbox/error_codes.h"
#include "sandbox/lock_in.h"

namespace sluice::sandbox {
namespace {

namespace json = boost::json;

enum class Kind : std::uint32_t { progress = 1, done = 2, error = 3 };

/// Before its processor time is used up a worker that computes is still there; this is for one that
/// waits for itself.
constexpr std::chrono::hours no_limit{24 * 365};
constexpr std::chrono::seconds order_within{30};

/// Beyond the engine's 1 GiB: 1 GiB for our own readers (a workbook that is held whole takes most),
/// and 2 GiB of addresses that are reserved and hardly used, for code, stacks of 64 MiB, arenas.
constexpr std::uint64_t address_bytes_max = 4ULL << 30U;
/// A spreadsheet of 100,000 × 10 takes a second, a CSV of 116 MB two.
constexpr std::uint64_t cpu_s_min = 120;
constexpr std::uint64_t bytes_per_cpu_s = 1ULL << 20U;

/// Names in an error; a worker that says more of them is broken.
constexpr std::size_t choices_max = 1000;

/// The limits stand before the order, so that they hold before it is read.
struct OrderHead {
  std::uint64_t address_bytes;
  std::uint64_t cpu_s;
};

/// An error may quote bytes of the file; JSON holds text.
std::string encode_error(const Error& error) {
  json::array choices;
  for (const std::string& choice : error.choices) choices.emplace_back(as_utf8(choice));
  return json::serialize(json::object{{"kind", static_cast<int>(error.kind)},
                                      {"code", error.code.text()},
                                      {"detail", as_utf8(error.detail)},
                                      {"remedy", as_utf8(error.remedy)},
                                      {"choices", std::move(choices)}});
}

Error decode_error(const std::string& text) {
  try {
    const json::value parsed = json::parse(text);
    const int kind = parsed.at("kind").to_number<int>();
    if (kind < 0 || kind > static_cast<int>(Errc::internal)) return broken_answer();
    Error error{static_cast<Errc>(kind),
                ErrorCode::from_outside(std::string(parsed.at("code").as_string())),
                std::string(parsed.at("detail").as_string()),
                std::string(parsed.at("remedy").as_string())};
    const json::array& choices = parsed.at("choices").as_array();
    if (choices.size() > choices_max) return broken_answer();
    for (const json::value& choice : choices) error.choices.emplace_back(choice.as_string());
    return error;
  } catch (const std::exception&) {
    return broken_answer();
  }
}

}  // namespace

Error broken_answer() {
  return {
      Errc::unprocessable, Code::file_unreadable,
      "What reads the file was broken by it, and answered with nonsense; only this file is hurt.",
      "It is a defect of Sluice: please report it with the file."};
}

JobLimits limits_for(std::uint64_t input_bytes) {
  return {address_bytes_max, cpu_s_min + input_bytes / bytes_per_cpu_s};
}

Job::Job(ForkServer& workers, Worker worker, JobFolder folder, const JobLimits& limits,
         const std::stop_token& stop)
    : workers_(&workers),
      worker_(std::move(worker)),
      folder_(std::move(folder)),
      limits_(limits),
      wait_(std::make_unique<Wait>(stop)) {}

Result<Job> Job::begin(ForkServer& workers, const std::filesystem::path& parent,
                       std::string_view order, std::vector<FileDescriptor> files,
                       const JobLimits& limits, const std::stop_token& stop) {
  TRY_ASSIGN(JobFolder folder, JobFolder::make(parent));
  TRY_ASSIGN(FileDescriptor descriptor, folder.descriptor());
  files.push_back(std::move(descriptor));
  TRY_ASSIGN(Worker worker, workers.fork(stop));
  Job job(workers, std::move(worker), std::move(folder), limits, stop);
  const OrderHead head{limits.address_bytes, limits.cpu_s};
  std::string text(reinterpret_cast<const char*>(&head), sizeof head);
  text += order;
  job.wait_->allow(order_within);
  const Outcome sent = job.worker_.channel().send(text, files, *job.wait_);
  job.wait_->allow(no_limit);
  if (sent == Outcome::done) return job;
  if (sent == Outcome::nonsense) {
    return fail(Errc::too_large, Code::order_too_large,
                "The job has more files or text than it may.");
  }
  return fail(job.death(sent));
}

Result<void> Job::tell(std::string_view text) {
  const Outcome sent = worker_.channel().send(text, {}, *wait_);
  if (sent == Outcome::done) return {};
  return fail(death(sent));
}

Error Job::death(Outcome outcome) {
  Ending ending;
  if (outcome == Outcome::gone) ending = worker_.ending();
  worker_.end();
  if (outcome == Outcome::stopped) {
    return work_stopped();
  }
  const bool from_outside = outcome == Outcome::gone && !ending.exit_code &&
                            (!ending.signal || *ending.signal == SIGKILL);
  if (!from_outside) workers_->note_broken();
  if (outcome == Outcome::nonsense) return broken_answer();
  const std::string remedy =
      "Only this file is hurt. Is it what it should be? If other programs read it, please report "
      "it.";
  if (outcome == Outcome::late || (ending.signal && *ending.signal == SIGXCPU)) {
    return {Errc::unprocessable, Code::file_unreadable,
            "Reading the file took more than " + std::to_string(limits_.cpu_s) +
                " s of processor time, and was ended.",
            remedy};
  }
  if (from_outside) {
    return {Errc::unavailable, Code::worker_killed,
            "The process that read the file was killed from outside; most often the machine has no "
            "memory left.",
            "Try again."};
  }
  return {Errc::unprocessable, Code::file_unreadable,
          "What reads the file broke on it and ended " + in_words(ending) + ".", remedy};
}

Result<std::string> Job::result(const Listener& listener) {
  Channel::Piece piece;
  for (;;) {
    const Outcome outcome = worker_.channel().receive(piece, *wait_, listener.listen_to);
    if (outcome == Outcome::called) {
      TRY(listener.on_call());
      continue;
    }
    if (outcome != Outcome::done) return fail(death(outcome));
    switch (static_cast<Kind>(piece.kind)) {
      case Kind::progress:
        if (listener.on_progress) listener.on_progress(piece.bytes);
        continue;
      case Kind::done:
        return std::move(piece.bytes);
      case Kind::error:
        return fail(decode_error(piece.bytes));
    }
    return fail(death(Outcome::nonsense));
  }
}

void JobAnswer::say(std::uint32_t kind, std::string_view text) {
  std::string out;
  add_piece(out, kind, text);
  const std::lock_guard lock(mutex_);
  // Where nobody hears it, nobody waits: the end comes from there.
  write_whole(worker_socket, out);
}

void JobAnswer::progress(std::string_view text) {
  say(static_cast<std::uint32_t>(Kind::progress), text);
}

void JobAnswer::done(std::string_view text) {
  if (text.size() > piece_bytes_max) {
    return error(
        {Errc::too_large, Code::file_unreadable, "What is said of the file is too large.", {}});
  }
  say(static_cast<std::uint32_t>(Kind::done), text);
}

void JobAnswer::error(const Error& error) {
  say(static_cast<std::uint32_t>(Kind::error), encode_error(error));
}

bool receive_order(Order& order, JobAnswer& answer,
                   const std::vector<std::filesystem::path>& system_folders) {
  std::string text;
  OrderHead head{};
  if (!receive_message(worker_socket, text, order.files)) return false;
  if (text.size() < sizeof head || order.files.empty()) return false;
  text.copy(reinterpret_cast<char*>(&head), sizeof head);
  order.text = text.substr(sizeof head);
  order.folder = std::move(order.files.back());
  order.files.pop_back();
  Confinement confinement{order.files, order.folder.get(), system_folders};
  confinement.address_bytes = head.address_bytes;
  confinement.cpu_s = head.cpu_s;
  confinement.file_bytes = INT64_MAX;  // The room on the disk is asked for as it writes.
  if (const Result<void> locked = lock_in(confinement); !locked) {
    answer.error(locked.error());
    return false;
  }
  return true;
}

bool receive_told(std::string& text) {
  std::vector<FileDescriptor> none;
  return receive_message(worker_socket, text, none) && none.empty();
}

}  // namespace sluice::sandbox
