#include "sandbox/channel.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace sluice::sandbox {
namespace {

using ControlBuffer = std::array<char, CMSG_SPACE(sizeof(int) * files_max)>;

/// What is taken off the socket at a time, at least.
constexpr std::size_t receive_bytes = std::size_t{16} << 10U;
constexpr std::size_t inbox_kept_bytes = std::size_t{1} << 20U;

/// The frame with descriptors attached, as one message. True when it went out whole.
bool send_frame(int socket, MessageFrame frame, const std::vector<FileDescriptor>& files) {
  iovec piece{&frame, sizeof frame};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  alignas(cmsghdr) ControlBuffer control{};
  if (!files.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(sizeof(int) * files.size());
    cmsghdr* head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int) * files.size());
    for (std::size_t i = 0; i < files.size(); ++i) {
      const int fd = files[i].get();
      std::memcpy(CMSG_DATA(head) + i * sizeof(int), &fd, sizeof fd);
    }
  }
  return ::sendmsg(socket, &message, MSG_NOSIGNAL) == static_cast<ssize_t>(sizeof frame);
}

bool receive_frame(int socket, MessageFrame& frame, std::vector<FileDescriptor>& files) {
  iovec piece{&frame, sizeof frame};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  alignas(cmsghdr) ControlBuffer control{};
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t got = 0;
  do {
    got = ::recvmsg(socket, &message, MSG_WAITALL | MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  for (cmsghdr* head = CMSG_FIRSTHDR(&message); head != nullptr;
       head = CMSG_NXTHDR(&message, head)) {
    if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(head) + i * sizeof(int), sizeof fd);
      files.emplace_back(fd);
    }
  }
  return got == static_cast<ssize_t>(sizeof frame) && files.size() == frame.file_count &&
         frame.bytes <= message_bytes_max && (message.msg_flags & MSG_CTRUNC) == 0;
}

bool read_whole(int socket, char* into, std::size_t bytes) {
  while (bytes > 0) {
    const ssize_t got = ::read(socket, into, bytes);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    into += got;
    bytes -= static_cast<std::size_t>(got);
  }
  return true;
}

}  // namespace

bool receive_message(int socket, std::string& text, std::vector<FileDescriptor>& files) {
  MessageFrame frame;
  if (!receive_frame(socket, frame, files)) return false;
  text.resize(frame.bytes);
  return read_whole(socket, text.data(), text.size());
}

bool write_whole(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

void add_piece(std::string& out, std::uint32_t kind, std::string_view bytes) {
  const PieceFrame frame{kind, static_cast<std::uint32_t>(bytes.size())};
  out.append(reinterpret_cast<const char*>(&frame), sizeof frame);
  out += bytes;
}

Wait::Wait(std::stop_token stop)
    : stop_(std::move(stop)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      on_stop_(stop_, Wakes{wake_.get()}) {}

void Wait::Wakes::operator()() const { ::eventfd_write(fd, 1); }

Outcome Channel::until(short events, Wait& wait, int listen_to) const {
  while (true) {
    if (wait.is_stopped()) return Outcome::stopped;
    const std::int64_t left_ms = std::chrono::ceil<std::chrono::milliseconds>(wait.left()).count();
    if (left_ms <= 0) return Outcome::late;
    // poll(2) passes over negative descriptors.
    pollfd watched[3] = {
        {socket_.get(), events, 0}, {wait.wake(), POLLIN, 0}, {listen_to, POLLIN, 0}};
    const auto began = std::chrono::steady_clock::now();
    const int ready = ::poll(watched, 3, static_cast<int>(std::min<std::int64_t>(left_ms, 60'000)));
    wait.spend(std::chrono::steady_clock::now() - began);
    if (ready <= 0) continue;
    if (watched[0].revents != 0) return Outcome::done;
    if (watched[2].revents != 0) return Outcome::called;
  }
}

Outcome Channel::put(std::string_view bytes, Wait& wait) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno != EAGAIN) return Outcome::gone;
    if (const Outcome waited = until(POLLOUT, wait); waited != Outcome::done) return waited;
  }
  return Outcome::done;
}

Outcome Channel::send(std::string_view text, const std::vector<FileDescriptor>& files, Wait& wait) {
  if (text.size() > message_bytes_max || files.size() > files_max) return Outcome::nonsense;
  // Where there is room at all, there is room for a frame.
  if (const Outcome waited = until(POLLOUT, wait); waited != Outcome::done) return waited;
  const MessageFrame frame{static_cast<std::uint32_t>(text.size()),
                           static_cast<std::uint32_t>(files.size())};
  if (!send_frame(socket_.get(), frame, files)) return Outcome::gone;
  return put(text, wait);
}

Outcome Channel::fill(std::size_t bytes, Wait& wait, int listen_to) {
  std::size_t had = inbox_.size();
  Outcome outcome = Outcome::done;
  while (had < bytes && outcome == Outcome::done) {
    outcome = until(POLLIN, wait, listen_to);
    if (outcome != Outcome::done) break;
    // Twice what has come, at most: a worker's word for how much will come costs no memory.
    if (inbox_.size() == had) {
      inbox_.resize(had + std::max(receive_bytes, std::min(bytes - had, had)));
    }
    const ssize_t got = ::recv(socket_.get(), inbox_.data() + had, inbox_.size() - had, 0);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got <= 0) outcome = Outcome::gone;
    had += static_cast<std::size_t>(std::max<ssize_t>(got, 0));
  }
  inbox_.resize(had);
  return outcome;
}

Outcome Channel::receive(Piece& piece, Wait& wait, int listen_to) {
  PieceFrame frame;
  Outcome outcome = fill(sizeof frame, wait, listen_to);
  if (outcome != Outcome::done) return outcome;
  std::memcpy(&frame, inbox_.data(), sizeof frame);
  if (frame.bytes > piece_bytes_max) return Outcome::nonsense;
  outcome = fill(sizeof frame + frame.bytes, wait, listen_to);
  if (outcome != Outcome::done) return outcome;
  piece.kind = frame.kind;
  piece.bytes = inbox_.substr(sizeof frame, frame.bytes);
  inbox_.erase(0, sizeof frame + frame.bytes);
  if (inbox_.capacity() > inbox_kept_bytes) inbox_.shrink_to_fit();  // One row may be of 64 MiB.
  return Outcome::done;
}

bool Channel::is_quiet() const {
  char unasked = 0;
  return inbox_.empty() && ::recv(socket_.get(), &unasked, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
         errno == EAGAIN;
}

SocketPair make_socket_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return {};
  SocketPair pair{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
  if (::fcntl(pair.ours.get(), F_SETFL, O_NONBLOCK) != 0) return {};
  return pair;
}

}  // namespace sluice::sandbox
