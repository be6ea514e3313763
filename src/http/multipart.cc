#include "http/multipart.h"

#include "base/ascii.h"
#include "http/error_codes.h"
#include "http/percent_encoding.h"
#include "http/router.h"

namespace sluice::http {
namespace {

tl::unexpected<Error> malformed(std::string detail) {
  return fail(Errc::invalid_argument, Code::bad_multipart, std::move(detail),
              "Send multipart/form-data as in RFC 7578, e.g. with curl -F.");
}

/// One `; name=value` of a header, quoted or not, taken off the front of `rest`. False at the end
/// or when broken.
bool next_parameter(std::string_view& rest, std::string& name, std::string& value) {
  rest = trimmed_blanks(rest);
  if (!rest.starts_with(';')) return false;
  rest = trimmed_blanks(rest.substr(1));
  const std::size_t equals = rest.find('=');
  if (equals == std::string_view::npos) return false;
  name = std::string(trimmed_blanks(rest.substr(0, equals)));
  rest = trimmed_blanks(rest.substr(equals + 1));
  value.clear();
  if (!rest.starts_with('"')) {
    const std::size_t end = std::min(rest.find(';'), rest.size());
    value = std::string(trimmed_blanks(rest.substr(0, end)));
    rest.remove_prefix(end);
    return true;
  }
  std::size_t i = 1;
  while (i < rest.size() && rest[i] != '"') {
    // Only \" and \\ are escapes: old browsers send C:\fakepath\x.csv unescaped.
    if (rest[i] == '\\' && i + 1 < rest.size() && (rest[i + 1] == '"' || rest[i + 1] == '\\')) ++i;
    value += rest[i++];
  }
  if (i >= rest.size()) return false;
  rest.remove_prefix(i + 1);
  return true;
}

Result<Part> parse_part(std::string_view block) {
  Part part;
  while (!block.empty()) {
    const std::size_t end = block.find("\r\n");
    const std::string_view line = block.substr(0, end);
    block = end == std::string_view::npos ? std::string_view() : block.substr(end + 2);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) {
      return malformed("A part has a header line without a name.");
    }
    part.headers.add(line.substr(0, colon), trimmed_blanks(line.substr(colon + 1)));
  }
  part.content_type = std::string(part.headers.get("Content-Type"));
  const std::string_view disposition = part.headers.get("Content-Disposition");
  const std::size_t semicolon = std::min(disposition.find(';'), disposition.size());
  if (!equals_ignore_case(trimmed_blanks(disposition.substr(0, semicolon)), "form-data")) {
    return malformed("A part has no Content-Disposition: form-data.");
  }
  std::string_view rest = disposition.substr(semicolon);
  std::string name;
  std::string value;
  bool named = false;
  std::optional<std::string> extended;
  while (next_parameter(rest, name, value)) {
    if (equals_ignore_case(name, "name")) {
      part.name = value;
      named = true;
    } else if (equals_ignore_case(name, "filename")) {
      part.filename = value;
    } else if (equals_ignore_case(name, "filename*")) {
      // RFC 7578 forbids it, clients send it: take UTF-8''… and nothing else.
      if (value.size() > 7 && equals_ignore_case(std::string_view(value).substr(0, 7), "utf-8''")) {
        extended = percent_decode(std::string_view(value).substr(7));
      }
    }
  }
  if (!trimmed_blanks(rest).empty())
    return malformed("A part's Content-Disposition cannot be read.");
  if (!named) return malformed("A part has no name.");
  if (extended) part.filename = std::move(extended);
  return part;
}

}  // namespace

Result<std::string> multipart_boundary(std::string_view content_type) {
  const std::size_t semicolon = std::min(content_type.find(';'), content_type.size());
  if (!equals_ignore_case(trimmed_blanks(content_type.substr(0, semicolon)),
                          "multipart/form-data")) {
    return fail(Errc::invalid_argument, Code::not_multipart, "The body is not multipart/form-data.",
                "Send the file as a form, e.g. curl -F file=@data.csv.");
  }
  std::string_view rest = content_type.substr(semicolon);
  std::string name;
  std::string value;
  while (next_parameter(rest, name, value)) {
    if (!equals_ignore_case(name, "boundary")) continue;
    const bool plain = value.find_first_not_of(
                           "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                           "'()+_,-./:=? ") == std::string::npos;
    if (value.empty() || value.size() > multipart_boundary_length_max || !plain) break;
    return value;
  }
  return fail(Errc::invalid_argument, Code::bad_multipart_boundary,
              "The Content-Type has no boundary of 1 to 70 allowed characters.");
}

MultipartParser::MultipartParser(std::string_view boundary, PartSink& sink, MultipartLimits limits)
    : delimiter_("\r\n--" + std::string(boundary)), sink_(sink), limits_(limits) {
  pending_ = "\r\n";  // so that a boundary at the very start is found like any other
}

std::size_t MultipartParser::started_delimiter(std::string_view bytes) const {
  const std::string_view delimiter = delimiter_;
  std::size_t size = std::min(bytes.size(), delimiter.size() - 1);
  while (!bytes.ends_with(delimiter.substr(0, size))) --size;
  return size;
}

/// Content straight from `bytes`, while nothing of it can be a delimiter's start; the rest is left
/// to the steps.
Result<void> MultipartParser::feed_content(std::string_view& bytes) {
  if (state_ != State::content || skip_line_end_ || !pending_.empty()) return {};
  std::size_t size = bytes.find(delimiter_);
  if (size == std::string_view::npos) size = bytes.size() - started_delimiter(bytes);
  if (size > 0) TRY(sink_.data(bytes.substr(0, size)));
  bytes.remove_prefix(size);
  return {};
}

Result<void> MultipartParser::feed(std::string_view bytes) {
  // Pieces bound the memory: whatever a step leaves in pending_ is smaller than one piece and a
  // header.
  constexpr std::size_t piece_bytes = 64U << 10;
  for (;;) {
    TRY(feed_content(bytes));
    if (bytes.empty()) return {};
    const std::size_t size = std::min(bytes.size(), piece_bytes);
    pending_.append(bytes.substr(0, size));
    bytes.remove_prefix(size);
    for (;;) {
      TRY_ASSIGN(const bool more, step());
      if (!more) break;
    }
    pending_.erase(0, position_);
    position_ = 0;
  }
}

Result<void> MultipartParser::finish() {
  if (state_ == State::done) return {};
  return malformed("The form ends before its closing boundary.");
}

Result<bool> MultipartParser::step() {
  switch (state_) {
    case State::preamble:
      return find_first_boundary();
    case State::after_boundary:
      return after_boundary();
    case State::headers:
      return read_headers();
    case State::content:
      return read_content();
    case State::done:
      break;
  }
  position_ = pending_.size();  // the epilogue is ignored (RFC 2046, 5.1.1)
  return false;
}

Result<bool> MultipartParser::find_first_boundary() {
  const std::size_t found = pending_.find(delimiter_, position_);
  if (found == std::string::npos) {
    const std::size_t keep = std::min(pending_.size() - position_, delimiter_.size() - 1);
    position_ = pending_.size() - keep;
    return false;
  }
  position_ = found + delimiter_.size();
  state_ = State::after_boundary;
  return true;
}

Result<bool> MultipartParser::after_boundary() {
  const std::string_view rest = std::string_view(pending_).substr(position_);
  if (rest.starts_with("--")) {
    position_ += 2;
    state_ = State::done;
    return true;
  }
  const std::size_t text = rest.find_first_not_of(" \t");
  if (text == std::string_view::npos || rest.size() - text < 2) {
    if (rest.size() > multipart_boundary_length_max)
      return malformed("A boundary line is too long.");
    return false;
  }
  if (rest.substr(text, 2) != "\r\n")
    return malformed("A boundary is followed by other characters.");
  if (++parts_ > limits_.parts_max) {
    return fail(Errc::too_large, Code::too_many_parts,
                "The form has more than " + std::to_string(limits_.parts_max) + " parts.");
  }
  position_ += text;  // keep the CRLF: a part without headers ends with it
  state_ = State::headers;
  return true;
}

Result<bool> MultipartParser::read_headers() {
  constexpr std::string_view ending = "\r\n\r\n";
  const std::size_t end = pending_.find(ending, position_);
  std::size_t size = (end == std::string::npos ? pending_.size() : end) - position_;
  // What has come of the ending is not of the headers, however the body is cut.
  if (end == std::string::npos) size -= std::min(size, ending.size() - 1);
  if (size > limits_.part_header_bytes_max) {
    return fail(Errc::too_large, Code::part_header_too_large,
                "A part's headers are larger than " +
                    std::to_string(limits_.part_header_bytes_max) + " bytes.");
  }
  if (end == std::string::npos) return false;
  const std::size_t start = std::min(position_ + 2, end);
  TRY_ASSIGN(const Part part, parse_part(std::string_view(pending_).substr(start, end - start)));
  position_ = end + 2;  // keep one CRLF: an empty content is followed by its delimiter at once
  TRY(sink_.begin(part));
  state_ = State::content;
  skip_line_end_ = true;
  return true;
}

Result<bool> MultipartParser::read_content() {
  const std::size_t found = pending_.find(delimiter_, position_);
  std::size_t end = found;
  if (found == std::string::npos) {
    end = pending_.size() - started_delimiter(std::string_view(pending_).substr(position_));
  }
  if (skip_line_end_ && end >= position_ + 2) {
    position_ += 2;
    skip_line_end_ = false;
  }
  if (!skip_line_end_ && end > position_) {
    TRY(sink_.data(std::string_view(pending_).substr(position_, end - position_)));
    position_ = end;
  }
  if (found == std::string::npos) return false;
  position_ = found + delimiter_.size();
  skip_line_end_ = false;
  state_ = State::after_boundary;
  TRY(sink_.end());
  return true;
}

Result<void> read_multipart(Request& request, PartSink& sink, MultipartLimits limits) {
  TRY_ASSIGN(const std::string boundary, multipart_boundary(request.headers.get("Content-Type")));
  MultipartParser parser(boundary, sink, limits);
  std::string buffer(64U << 10, '\0');
  for (;;) {
    TRY_ASSIGN(const std::size_t got, request.body().read(buffer));
    if (got == 0) return parser.finish();
    TRY(parser.feed(std::string_view(buffer).substr(0, got)));
  }
}

}  // namespace sluice::http
