#include "emulator/http/delivery.hpp"

#include <zlib.h>

#include <array>
#include <stdexcept>

#include "emulator/http/gzip_bomb.hpp"
#include "support/catch.hpp"

namespace {

using namespace jwks::emulator;
using End = Delivery::End;

HttpResponse hello(std::optional<WireFault> fault = {}) {
  return {.status = 200, .headers = {{"X-A", "1"}}, .body = "hello", .fault = fault};
}

Delivery spoiled(FaultKind kind, std::uint64_t bytes = 0, DeliveryTerms terms = {}) {
  return plan_delivery(hello(WireFault{.kind = kind, .bytes = bytes}), terms);
}

constexpr const char* kHeader =
    "HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Length: 5\r\nConnection: close\r\n\r\n";

std::string unpacked(const GzipBomb& bomb, std::uint64_t& size) {
  z_stream stream{};
  REQUIRE(inflateInit2(&stream, MAX_WBITS + 16) == Z_OK);
  std::array<Bytef, 65536> out{};
  size = 0;
  int result = Z_OK;
  bool only_zeros = true;
  const auto feed = [&](std::string piece) {
    stream.next_in = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_in = static_cast<uInt>(piece.size());
    do {
      stream.next_out = out.data();
      stream.avail_out = out.size();
      result = inflate(&stream, Z_NO_FLUSH);
      const std::size_t got = out.size() - stream.avail_out;
      size += got;
      for (std::size_t i = 0; i < got; ++i) only_zeros = only_zeros && out[i] == 0;
    } while (result == Z_OK && (stream.avail_in > 0 || stream.avail_out == 0));
  };
  feed(bomb.start);
  for (std::uint64_t i = 0; i < bomb.blocks; ++i) feed(bomb.block);
  feed(bomb.finish);
  inflateEnd(&stream);
  if (!only_zeros) return "not only zeros";
  return result == Z_STREAM_END ? "whole" : "broken";  // the checksum and the size count
}

}  // namespace

TEST_CASE("an answer is delivered as HTTP has it") {
  const Delivery delivery = plan_delivery(hello(), {});
  CHECK(delivery.start == "HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Length: 5\r\n\r\nhello");
  CHECK(delivery.end == End::keep_alive);
  CHECK_FALSE(delivery.is_lasting());
  CHECK(plan_delivery(hello(), {.keep_alive = false}).start == std::string(kHeader) + "hello");
  CHECK(plan_delivery(hello(), {.keep_alive = false}).end == End::close);
  // A client of HTTP/1.0 has to be told that the connection stays.
  CHECK(plan_delivery(hello(), {.is_http_1_0 = true}).start.find("Connection: keep-alive\r\n") !=
        std::string::npos);
}

TEST_CASE("the answer to HEAD has the header of GET alone, whatever is wrong with it") {
  const Delivery plain = plan_delivery(hello(), {.is_head = true});
  CHECK(plain.start == "HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Length: 5\r\n\r\n");
  for (const FaultKind kind :
       {FaultKind::oversize, FaultKind::endless, FaultKind::wrong_content_length,
        FaultKind::bad_chunking, FaultKind::gzip_bomb, FaultKind::truncate}) {
    CAPTURE(static_cast<int>(kind));
    const Delivery delivery = spoiled(kind, 1'000'000, {.is_head = true});
    CHECK(delivery.start.ends_with("\r\n\r\n"));
    CHECK(delivery.blocks == 0);
    CHECK(delivery.finish.empty());
    CHECK(delivery.end == End::close);
  }
}

TEST_CASE("204 and 304 have neither a body nor a length") {
  for (const int status : {204, 304}) {
    const Delivery delivery = plan_delivery({.status = status, .body = "no"}, {});
    CHECK(delivery.start.find("Content-Length") == std::string::npos);
    CHECK(delivery.start.ends_with("\r\n\r\n"));
    CHECK(delivery.end == End::keep_alive);
  }
}

TEST_CASE("what would be read as another field is not sent, nor what frames the answer") {
  for (const auto& [name, value] : HttpHeaders{{"A", "1\r\nB: 2"},
                                               {"A", "1\nB: 2"},
                                               {"A", std::string("\0", 1)},
                                               {"A\r\nB", "1"},
                                               {"A: B", "1"},
                                               {"", "1"}}) {
    CAPTURE(name, value);
    CHECK_THROWS_AS(plan_delivery({.headers = {{name, value}}}, {}), std::invalid_argument);
  }
  for (const int status : {-1, 0, 100, 199, 600, 100000}) {
    CHECK_THROWS_AS(plan_delivery({.status = status}, {}), std::invalid_argument);
  }
  const Delivery delivery = plan_delivery(
      {.headers = {{"content-length", "7"}, {"Transfer-Encoding", "chunked"}}, .body = "hello"},
      {});
  CHECK(delivery.start == "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
}

TEST_CASE("faults below HTTP cut an answer, slow it down, or leave it where it is", "[emulator]") {
  const std::string whole = std::string(kHeader) + "hello";
  SECTION("reset after N bytes of the answer, of none too") {
    for (const std::size_t bytes :
         {std::size_t{0}, std::size_t{10}, whole.size(), whole.size() + 9}) {
      const Delivery delivery = spoiled(FaultKind::reset, bytes);
      CHECK(delivery.start == whole.substr(0, bytes));
      CHECK(delivery.end == End::reset);
      CHECK_FALSE(delivery.is_lasting());
    }
  }
  SECTION("stall in headers") {
    const Delivery delivery = spoiled(FaultKind::stall_headers);
    CHECK(delivery.start.empty());
    CHECK(delivery.end == End::stall);
    CHECK(delivery.is_lasting());
  }
  SECTION("stall in the body") {
    for (const std::uint64_t bytes : {0U, 2U, 99U}) {
      const Delivery delivery = spoiled(FaultKind::stall_body, bytes);
      CHECK(delivery.start == kHeader + std::string("hello").substr(0, bytes));
      CHECK(delivery.end == End::stall);
    }
  }
  SECTION("drip") {
    const Delivery delivery = plan_delivery(
        hello(WireFault{.kind = FaultKind::drip, .pause = std::chrono::milliseconds(7)}), {});
    CHECK(delivery.start == whole);
    CHECK(delivery.pause == std::chrono::milliseconds(7));
    CHECK(delivery.end == End::close);
    CHECK(delivery.is_lasting());
  }
  SECTION("truncated body") {
    CHECK(spoiled(FaultKind::truncate, 2).start == kHeader + std::string("he"));
    CHECK(spoiled(FaultKind::truncate, UINT64_MAX).start == whole);
    CHECK(spoiled(FaultKind::truncate).end == End::close);
  }
}

TEST_CASE("faults below HTTP make a body too long, too short, or no body at all", "[emulator]") {
  SECTION("oversized, however large, from a small block") {
    const std::uint64_t size = std::uint64_t{1} << 40;
    const Delivery delivery = spoiled(FaultKind::oversize, size + 3);
    CHECK(delivery.start.find("Content-Length: " + std::to_string(size + 3)) != std::string::npos);
    CHECK(delivery.start.ends_with("\r\n\r\nhello"));
    CHECK(delivery.block.find_first_not_of(' ') == std::string::npos);
    CHECK(delivery.block.size() <= 65536);
    CHECK(5 + delivery.blocks * delivery.block.size() + delivery.finish.size() == size + 3);
  }
  SECTION("oversized to less than there is: as it was") {
    const Delivery delivery = spoiled(FaultKind::oversize, 2);
    CHECK(delivery.start == std::string(kHeader) + "hello");
    CHECK(delivery.blocks == 0);
  }
  SECTION("endless, in chunks") {
    const Delivery delivery = spoiled(FaultKind::endless);
    CHECK(delivery.start.find("Content-Length") == std::string::npos);
    CHECK(delivery.start.find("Transfer-Encoding: chunked\r\n") != std::string::npos);
    CHECK(delivery.start.ends_with("\r\n\r\n5\r\nhello\r\n"));
    CHECK(delivery.block.starts_with("4000\r\n   "));
    CHECK(delivery.blocks == Delivery::kForever);
    CHECK(delivery.is_lasting());
  }
  SECTION("endless for HTTP/1.0, which has no chunks") {
    const Delivery delivery = spoiled(FaultKind::endless, 0, {.is_http_1_0 = true});
    CHECK(delivery.start.find("Transfer-Encoding") == std::string::npos);
    CHECK(delivery.start.ends_with("\r\n\r\nhello"));
    CHECK(delivery.blocks == Delivery::kForever);
  }
  SECTION("wrong Content-Length") {
    const Delivery delivery = spoiled(FaultKind::wrong_content_length, 10);
    CHECK(delivery.start.find("Content-Length: 15\r\n") != std::string::npos);
    CHECK(delivery.start.ends_with("\r\n\r\nhello"));
    CHECK(delivery.end == End::close);
  }
  SECTION("bad chunking") {
    const Delivery delivery = spoiled(FaultKind::bad_chunking);
    CHECK(delivery.start.find("Transfer-Encoding: chunked\r\n") != std::string::npos);
    CHECK(delivery.start.find("\r\n\r\nzz\r\nhello") != std::string::npos);
  }
  SECTION("gzip bomb") {
    const Delivery delivery = spoiled(FaultKind::gzip_bomb, std::uint64_t{1} << 30);
    const std::size_t header = delivery.start.find("\r\n\r\n") + 4;
    const std::uint64_t sent = delivery.start.size() - header +
                               delivery.blocks * delivery.block.size() + delivery.finish.size();
    CHECK(delivery.start.find("Content-Encoding: gzip\r\n") != std::string::npos);
    CHECK(delivery.start.find("Content-Length: " + std::to_string(sent)) != std::string::npos);
    CHECK(sent < 2'000'000);
    CHECK(delivery.block.size() <= 65536);
  }
}

TEST_CASE("a gzip bomb is one good stream of as many zeros as were asked for", "[emulator]") {
  for (const std::uint64_t bytes :
       {0U, 1U, 1000U, (1U << 20) - 1, 1U << 20, (1U << 20) + 1, 50'000'000U}) {
    CAPTURE(bytes);
    std::uint64_t size = 0;
    CHECK(unpacked(make_gzip_bomb(bytes), size) == "whole");
    CHECK(size == bytes);
  }
  CHECK(make_gzip_bomb(UINT64_MAX).blocks == std::uint64_t{1} << 30);
}
