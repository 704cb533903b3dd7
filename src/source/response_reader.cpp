#include "source/response_reader.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"
#include "source/http_field.hpp"

namespace jwks {
inline namespace v0 {
namespace source {

bool ResponseReader::take_line(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > kMaxHeaderBytes || ++header_lines_ > kMaxHeaderLines)
    return refuse("the response header is too large");
  if (!line.ends_with("\r\n")) return refuse("the response header has a bare line feed");
  line.remove_suffix(2);
  if (part_ == Part::status) return take_status(line);
  if (!line.empty()) return take_field(line);
  // The end of an interim response (RFC 9110 §15.2): another status line follows.
  part_ = interim_ ? Part::status : Part::trailers;
  return true;
}

bool ResponseReader::take_body(std::string_view bytes) {
  if (bytes.size() > max_body_ - response_.body.size()) return refuse("the response is too large");
  response_.body += bytes;
  return true;
}

bool ResponseReader::take_status(std::string_view line) {
  const auto blank = line.find(' ');
  if (!line.starts_with("HTTP/") || blank == std::string_view::npos)
    return refuse("the status line is malformed");
  interim_ = line.substr(blank + 1).starts_with('1');
  part_ = Part::fields;
  response_ = {};
  location_.clear();
  lengths_ = 0;
  return true;
}

bool ResponseReader::take_field(std::string_view line) {
  using Field = std::pair<std::string_view, std::string FetchResponse::*>;
  static constexpr std::array<Field, 8> kFields{{
      {"content-type", &FetchResponse::content_type},
      {"cache-control", &FetchResponse::cache_control},
      {"expires", &FetchResponse::expires},
      {"date", &FetchResponse::date},
      {"age", &FetchResponse::age},
      {"etag", &FetchResponse::etag},
      {"last-modified", &FetchResponse::last_modified},
      {"retry-after", &FetchResponse::retry_after},
  }};
  const auto colon = line.find(':');
  // A folded line begins with a blank, which is no token either.
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon)) ||
      !is_field_value(line.substr(colon + 1)))
    return refuse("the response header is malformed");
  if (part_ == Part::trailers) return true;  // a trailer says nothing (RFC 9110 §6.5.1)
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = text::trim(line.substr(colon + 1));
  if (!take_framing(name, value)) return false;
  if (text::equals_ignoring_case(name, "location")) location_ = std::string(value);
  for (const auto& [known, member] : kFields) {
    if (!text::equals_ignoring_case(name, known)) continue;
    std::string& held = response_.*member;
    // The one field here that is a list: its lines are one value (RFC 9110 §5.3).
    if (member == &FetchResponse::cache_control && !held.empty())
      held.append(", ").append(value);
    else
      held = value;
  }
  return true;
}

/// One field tells where the body ends, and only one (RFC 9112 §6.3).
bool ResponseReader::take_framing(std::string_view name, std::string_view value) {
  const bool is_length = text::equals_ignoring_case(name, "content-length");
  const bool is_coding = text::equals_ignoring_case(name, "transfer-encoding");
  if (!is_length && !is_coding) return true;
  if (++lengths_ > 1) return refuse("the response contradicts itself about its length");
  const bool good = is_length ? !value.empty() && std::ranges::all_of(value, text::is_digit)
                              : text::equals_ignoring_case(value, "chunked");
  return good || refuse("the response says in no known way how long it is");
}

}  // namespace source
}  // namespace v0
}  // namespace jwks
