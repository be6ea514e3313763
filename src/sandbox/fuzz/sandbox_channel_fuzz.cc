#include "base/testing/fuzz_target.h"
#include "sandbox/channel.h"

namespace sluice::sandbox {
namespace {

using fuzz::require;

/// What a socket takes without a reader.
constexpr std::size_t input_bytes_max = 32U << 10U;

/// All that a worker says before it closes its end.
void channel(std::string_view input) {
  if (input.size() > input_bytes_max) return;
  SocketPair pair = make_socket_pair();
  require(pair.ours && pair.theirs, "there are sockets");
  require(write_whole(pair.theirs.get(), input), "the socket takes the input");
  pair.theirs = FileDescriptor();

  Channel ours(std::move(pair.ours));
  Wait wait({});
  wait.allow(std::chrono::seconds(30));
  std::string taken;
  Channel::Piece piece;
  Outcome outcome = Outcome::done;
  while ((outcome = ours.receive(piece, wait)) == Outcome::done) {
    require(piece.bytes.size() <= piece_bytes_max, "a piece is bounded");
    add_piece(taken, piece.kind, piece.bytes);
  }
  require(input.starts_with(taken), "pieces are what was said, and in order");
  const std::string_view rest = input.substr(taken.size());
  if (outcome == Outcome::nonsense) {
    require(rest.size() >= sizeof(PieceFrame), "nonsense is a frame that is too large");
    return;
  }
  require(outcome == Outcome::gone, "else it ends with the stream");
}

const fuzz::Target target(__FILE__, channel);

}  // namespace
}  // namespace sluice::sandbox
