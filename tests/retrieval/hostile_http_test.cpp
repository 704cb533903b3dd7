// What comes over the wire is no sound response: ATTACKS rows 188 to 191 and 206.

#include "support/catch.hpp"
#include "world.hpp"

namespace {

using jwks::ErrorReason;
using test::Answer;
using test::bytes;
using test::Connection;
using test::refuses;
using test::response;

constexpr std::size_t kLimit = jwks::JwkSet::kMaxBytes;
const std::string kOk = "HTTP/1.1 200 OK\r\n";

/// Sends `head` and then the same piece for ever, and counts what the client let it send.
Answer endless(std::string head, std::string piece, std::shared_ptr<std::size_t> sent) {
  return [=](Connection& connection, const std::string&) {
    connection.send(head);
    while (connection.send(piece)) *sent += piece.size();
    connection.close();
  };
}

/// The whole of `text` as a gzip file (RFC 1952) of stored blocks (RFC 1951 §3.2.4).
std::string gzip(const std::string& text) {
  const auto little = [](std::uint32_t value, int size) {
    std::string out;
    for (int i = 0; i < size; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
    return out;
  };
  std::uint32_t crc = 0xffffffffU;
  for (const char c : text) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320U : 0);
  }
  const auto size = static_cast<std::uint32_t>(text.size());
  return std::string("\x1f\x8b\x08\0\0\0\0\0\0\xff\x01", 11) + little(size, 2) + little(~size, 2) +
         text + little(~crc, 4) + little(size, 4);
}

}  // namespace

TEST_CASE("a body above the limit is refused, however it is announced", "[attack-188][claim-53]") {
  const std::string large(kLimit + 1, ' ');
  CHECK(refuses(test::reply(large), ErrorReason::fetch_failed));
  CHECK(refuses(bytes(kOk + "Content-Length: 1073741824\r\n\r\n{"), ErrorReason::fetch_failed));
  CHECK(refuses(bytes(kOk + "\r\n" + large), ErrorReason::fetch_failed));
  // One byte less is the document's own matter.
  CHECK(test::accepts(
      test::reply(test::good_keys() + std::string(kLimit - test::good_keys().size(), ' '))));
}

TEST_CASE("a body without an end costs no more than the limit", "[attack-188][claim-53]") {
  const std::string piece(4096, ' ');
  const auto sent = std::make_shared<std::size_t>(0);
  SECTION("until the connection is closed") {
    CHECK(refuses(endless(kOk + "\r\n", piece, sent), ErrorReason::fetch_failed));
  }
  SECTION("in chunks") {
    CHECK(refuses(
        endless(kOk + "Transfer-Encoding: chunked\r\n\r\n", "1000\r\n" + piece + "\r\n", sent),
        ErrorReason::fetch_failed));
  }
  // Two transfers. What the limit lets pass, and what sockets hold on both sides.
  CHECK(*sent < 2 * (kLimit + std::size_t{16} * 1024 * 1024));
}

TEST_CASE("a server that dawdles is left at the deadline", "[attack-189]") {
  const auto options = test::impatient(test::options_for(""));
  const auto dawdle = [](Connection& connection, const std::string&) {
    connection.trickle(response(test::good_keys()), std::chrono::milliseconds(20));
    connection.close();
  };
  const auto stall_after_header = [](Connection& connection, const std::string&) {
    connection.send(kOk + "Content-Length: 100\r\n\r\n");
    connection.hang();
    connection.close();
  };
  CHECK(refuses(dawdle, ErrorReason::fetch_failed, options));
  CHECK(refuses(stall_after_header, ErrorReason::fetch_failed, options));
  CHECK(refuses(test::silence(), ErrorReason::fetch_failed, options));
}

TEST_CASE("compression is not asked for, and nothing is decompressed", "[attack-190][claim-53]") {
  const std::string packed = gzip(test::good_keys());
  for (const std::string coding :
       {"gzip", "x-gzip", "gzip, gzip", "deflate, gzip, br", "br", "zstd", "unheard-of"}) {
    CAPTURE(coding);
    CHECK(refuses(test::reply(packed, "Content-Encoding: " + coding + "\r\n"),
                  ErrorReason::document_rejected));
  }
  // What is no business of ours to ask for may not come as a transfer coding either.
  for (const std::string coding : {"gzip", "gzip, chunked", "chunked, gzip", "identity"}) {
    CAPTURE(coding);
    CHECK(refuses(bytes(kOk + "Transfer-Encoding: " + coding + "\r\n\r\n" + packed),
                  ErrorReason::fetch_failed));
  }
  test::RawServer server(test::reply(test::good_keys()));
  CHECK(test::first_answer(test::options_for(server.url())).code() == jwks::ErrorCode{});
  CHECK(server.requests().at(0).find("Encoding") == std::string::npos);
}

TEST_CASE("a part of a document is no document", "[attack-191]") {
  const std::string keys = test::good_keys();
  const std::string whole = kOk + "Content-Length: " + std::to_string(keys.size() + 1) + "\r\n\r\n";
  const auto reset_half_way = [&](Connection& connection, const std::string&) {
    connection.send(whole + keys.substr(0, keys.size() / 2));
    connection.reset();
  };
  const std::string chunk = "Transfer-Encoding: chunked\r\n\r\n";
  // The whole document, and then the end that is announced doesn't come.
  CHECK(refuses(bytes(whole + keys), ErrorReason::fetch_failed));
  CHECK(refuses(reset_half_way, ErrorReason::fetch_failed));
  CHECK(refuses(bytes(kOk + chunk + "fff\r\n" + keys), ErrorReason::fetch_failed));
  CHECK(refuses(bytes(kOk + chunk + "2\r\n{}\r\n"), ErrorReason::fetch_failed));
  for (const std::size_t length : {keys.size() - 1, keys.size() / 2, std::size_t{1}})
    CHECK(refuses(test::reply(keys.substr(0, length)), ErrorReason::document_rejected));
}

TEST_CASE("hostile HTTP is no response", "[attack-206]") {
  const std::string keys = test::good_keys();
  const std::string length = "Content-Length: " + std::to_string(keys.size()) + "\r\n";
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  const std::string chunks = "2\r\n{}\r\n0\r\n\r\n";
  std::string many;
  for (int i = 0; i < 10'000; ++i) many += "a:b\r\n";
  const std::string bare = "HTTP/1.1 200 OK\nContent-Length: " + std::to_string(keys.size());
  const std::vector<std::pair<std::string, std::string>> replies{
      {"HTTP/0.9", keys},
      {"a header of 1 MB",
       kOk + "X: " + std::string(1'000'000, 'x') + "\r\n" + length + "\r\n" + keys},
      {"10 000 fields", kOk + many + length + "\r\n" + keys},
      {"a chunk size of 16 F", kOk + chunked + "\r\nFFFFFFFFFFFFFFFF\r\n" + keys},
      {"a chunk size of 17 F", kOk + chunked + "\r\nFFFFFFFFFFFFFFFFF\r\n" + keys},
      {"a negative chunk size", kOk + chunked + "\r\n-1\r\n" + keys},
      {"length and chunks", kOk + length + chunked + "\r\n" + chunks},
      {"chunks and length", kOk + chunked + length + "\r\n" + chunks},
      {"bare line feeds", bare + "\n\n" + keys},
      {"one bare line feed", kOk + "X: y\n" + length + "\r\n" + keys},
      {"two lengths", kOk + length + "Content-Length: 2\r\n\r\n" + keys},
      {"the same length twice", kOk + length + length + "\r\n" + keys},
      {"a list of lengths", kOk + "Content-Length: 2, 2\r\n\r\n{}"},
      {"a length with a sign", kOk + "Content-Length: +2\r\n\r\n{}"},
      {"a length in hex", kOk + "Content-Length: 0x2\r\n\r\n{}"},
      {"no length where one is named", kOk + "Content-Length:\r\n\r\n" + keys},
      {"a folded field", kOk + "X: a\r\n b\r\n" + length + "\r\n" + keys},
      {"a blank before the colon", kOk + "Content-Length : 2\r\n\r\n{}"},
      {"a NUL in a field", kOk + std::string("X: a\0b\r\n", 8) + length + "\r\n" + keys},
      {"a carriage return in a field", kOk + "X: a\rb\r\n" + length + "\r\n" + keys},
      {"a field without a colon", kOk + "nonsense\r\n" + length + "\r\n" + keys},
      {"another protocol", "ICY 200 OK\r\n" + length + "\r\n" + keys},
      {"a status that is no number", "HTTP/1.1 abc OK\r\n" + length + "\r\n" + keys},
      {"a status of four digits", "HTTP/1.1 2000 OK\r\n" + length + "\r\n" + keys},
      {"a version to come", "HTTP/9.9 200 OK\r\n" + length + "\r\n" + keys},
      {"interim responses for ever",
       [] {
         std::string interim;
         for (int i = 0; i < 10'000; ++i) interim += "HTTP/1.1 103 Early Hints\r\n\r\n";
         return interim;
       }()},
      {"a status line as a trailer",
       kOk + chunked + "\r\n" + chunks.substr(0, chunks.size() - 2) + "HTTP/1.1 200 OK\r\n\r\n"},
      {"nothing", " "}};
  for (const auto& [what, reply] : replies) {
    DYNAMIC_SECTION(what) { CHECK(refuses(bytes(reply), ErrorReason::fetch_failed)); }
  }
}

TEST_CASE("what a sound server may do is taken") {
  const std::string keys = test::good_keys();
  const std::string length = "Content-Length: " + std::to_string(keys.size()) + "\r\n\r\n";
  char size[16];
  std::snprintf(size, sizeof size, "%zx", keys.size());
  CHECK(test::accepts(bytes(kOk + "\r\n" + keys)));
  CHECK(test::accepts(bytes("HTTP/1.0 200 OK\r\n\r\n" + keys)));
  CHECK(test::accepts(
      bytes("HTTP/1.1 103 Early Hints\r\nETag: \"x\"\r\n\r\n" + kOk + length + keys)));
  CHECK(test::accepts(bytes(kOk + "TRANSFER-encoding:  Chunked \r\n\r\n" + size + ";x=y\r\n" +
                            keys + "\r\n0\r\nContent-Type: text/html\r\n\r\n")));
  CHECK(test::accepts(bytes(kOk + "X-Empty:\r\nX-Latin: \xe9\r\n" + length + keys)));
}
