#include "emulator/http/delivery.hpp"

#include <algorithm>
#include <boost/beast/http/status.hpp>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "emulator/http/field.hpp"
#include "emulator/http/gzip_bomb.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{16} * 1024;

/// The header of an answer, in the making.
class Header {
 public:
  Header(int status, const HttpHeaders& fields) {
    if (status < 200 || status > 599) throw std::invalid_argument("no final status");
    const auto reason = boost::beast::http::obsolete_reason(
        boost::beast::http::int_to_status(static_cast<unsigned>(status)));
    text_ = "HTTP/1.1 " + std::to_string(status) + ' ';
    text_.append(reason.data(), reason.size()).append("\r\n");
    for (const auto& [name, value] : fields) {
      if (!is_of_framing(name)) field(name, value);
    }
  }
  Header& field(std::string_view name, std::string_view value) {
    if (!is_field_name(name) || !is_field_value(value))
      throw std::invalid_argument("no header field");
    text_.append(name).append(": ").append(value).append("\r\n");
    return *this;
  }
  [[nodiscard]] std::string text() const { return text_ + "\r\n"; }

 private:
  std::string text_;
};

std::string hex(std::size_t number) {
  std::string digits;
  do digits.insert(digits.begin(), "0123456789abcdef"[number % 16]);
  while ((number /= 16) != 0);
  return digits;
}

std::string chunk(std::string_view bytes) {
  if (bytes.empty()) return {};  // an empty chunk would be the last
  return hex(bytes.size()).append("\r\n").append(bytes).append("\r\n");
}

/// Everything after the header, and what the header has to say of it.
struct Body {
  std::string length{};  ///< of Content-Length; empty: chunked, or until the connection ends
  bool is_chunked = false;
  std::string encoding{};
  Delivery content{};
};

Body body_of(std::string&& text) {
  Body body{.length = std::to_string(text.size())};
  body.content.start = std::move(text);
  return body;
}

Body padded(std::string&& text, std::uint64_t size) {
  Body body{.length = std::to_string(std::max<std::uint64_t>(size, text.size()))};
  const std::uint64_t missing = size > text.size() ? size - text.size() : 0;
  body.content.start = std::move(text);
  body.content.block.assign(kBlockBytes, ' ');
  body.content.blocks = missing / kBlockBytes;
  body.content.finish.assign(static_cast<std::size_t>(missing % kBlockBytes), ' ');
  return body;
}

Body endless(std::string_view text, bool is_chunked) {
  Body body{.is_chunked = is_chunked};
  const std::string spaces(kBlockBytes, ' ');
  body.content.start = is_chunked ? chunk(text) : std::string(text);
  body.content.block = is_chunked ? chunk(spaces) : spaces;
  body.content.blocks = Delivery::kForever;
  return body;
}

Body badly_chunked(std::string_view text) {
  Body body{.is_chunked = true};
  body.content.start.append("zz\r\n").append(text).append("\r\n0\r\n\r\n");
  return body;
}

Body bomb(std::uint64_t size) {
  GzipBomb made = make_gzip_bomb(size);
  Body body{.length = std::to_string(made.size()), .encoding = "gzip"};
  body.content.start = std::move(made.start);
  body.content.block = std::move(made.block);
  body.content.blocks = made.blocks;
  body.content.finish = std::move(made.finish);
  return body;
}

/// The body as the fault wants it; the bytes of faults that only cut it are all here.
Body spoiled_body(HttpResponse& response, const DeliveryTerms& terms) {
  if (!response.fault) return body_of(std::move(response.body));
  const std::uint64_t bytes = response.fault->bytes;
  switch (response.fault->kind) {
    case FaultKind::oversize:
      return padded(std::move(response.body), bytes);
    case FaultKind::endless:
      return endless(response.body, !terms.is_http_1_0);
    case FaultKind::wrong_content_length: {
      Body body = body_of(std::move(response.body));
      body.length = std::to_string(body.content.start.size() + bytes);
      return body;
    }
    case FaultKind::bad_chunking:
      return badly_chunked(response.body);
    case FaultKind::gzip_bomb:
      return bomb(bytes);
    default:
      return body_of(std::move(response.body));
  }
}

void cut(std::string& text, std::uint64_t size) {
  if (size < text.size()) text.resize(static_cast<std::size_t>(size));
}

/// Spoils the way it is sent: where it is cut, how fast it comes, and how it ends.
void spoil(Delivery& delivery, std::size_t header_size, const WireFault& fault) {
  delivery.end = Delivery::End::close;
  switch (fault.kind) {
    case FaultKind::reset:
      cut(delivery.start, fault.bytes);
      delivery.end = Delivery::End::reset;
      return;
    case FaultKind::stall_headers:
      delivery.start.clear();
      delivery.end = Delivery::End::stall;
      return;
    case FaultKind::stall_body:
      cut(delivery.start,
          std::min<std::uint64_t>(fault.bytes, delivery.start.size()) + header_size);
      delivery.end = Delivery::End::stall;
      return;
    case FaultKind::truncate:
      cut(delivery.start,
          std::min<std::uint64_t>(fault.bytes, delivery.start.size()) + header_size);
      return;
    case FaultKind::drip:
      delivery.pause = std::max(fault.pause, std::chrono::milliseconds(1));
      return;
    default:
      return;
  }
}

}  // namespace

Delivery plan_delivery(HttpResponse&& response, const DeliveryTerms& terms) {
  Header header(response.status, response.headers);
  const std::optional<WireFault> fault = response.fault;
  // RFC 9110 §8.6: these have neither a body nor a length. To HEAD the length is that of GET.
  const bool may_have_body = response.status != 204 && response.status != 304;
  Body body;
  if (may_have_body) body = spoiled_body(response, terms);
  if (!body.length.empty()) header.field("Content-Length", body.length);
  if (body.is_chunked) header.field("Transfer-Encoding", "chunked");
  if (!body.encoding.empty()) header.field("Content-Encoding", body.encoding);
  const bool keep_alive = terms.keep_alive && !fault;
  // What does not end by itself can't promise the end of the connection.
  if (!keep_alive) header.field("Connection", "close");
  if (keep_alive && terms.is_http_1_0) header.field("Connection", "keep-alive");

  Delivery delivery;
  if (!terms.is_head) delivery = std::move(body.content);
  std::string text = header.text();
  const std::size_t header_size = text.size();
  delivery.start.insert(0, text);
  delivery.end = keep_alive ? Delivery::End::keep_alive : Delivery::End::close;
  if (fault) spoil(delivery, header_size, *fault);
  return delivery;
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
