#include "source/address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>

namespace jwks {
inline namespace v0 {
namespace source {
namespace {

using V4 = std::array<std::uint8_t, 4>;
using Prefix = std::span<const std::uint8_t>;

constexpr std::string_view kNoMachine = "the address is of no single machine";
constexpr std::string_view kMetadata = "the address is link-local or a cloud's metadata service";

constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
/// ::ffff:0:0:0/96, RFC 2765 §2.1.
constexpr std::array<std::uint8_t, 12> kTranslated{0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0};
constexpr std::array<std::uint8_t, 12> kCompatible{};
constexpr std::array<std::uint8_t, 12> kNat64{0x00, 0x64, 0xff, 0x9b};            // RFC 6052 §2.1
constexpr std::array<std::uint8_t, 6> kLocalNat64{0x00, 0x64, 0xff, 0x9b, 0, 1};  // RFC 8215
constexpr std::array<std::uint8_t, 2> k6to4{0x20, 0x02};                          // RFC 3056
constexpr IpAddress kUnspecified{};
constexpr IpAddress kLoopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

// Where clouds hand out credentials, apart from link-local addresses.
constexpr std::array<V4, 3> kMetadataV4{{
    {100, 100, 100, 200},  // Alibaba
    {168, 63, 129, 16},    // Azure
    {192, 0, 0, 192},      // Oracle Classic
}};
constexpr std::array<IpAddress, 4> kMetadataV6{{
    {0xfd, 0x00, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54},  // fd00:ec2::254, Amazon
    {0xfd, 0x00, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x23},     // fd00:ec2::23, its pods
    {0xfd, 0x20, 0x00, 0xce, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54},  // fd20:ce::254, Google
    {0xfd, 0x00, 0x00, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x42},     // fd00:42::42, Scaleway
}};

bool begins_with(const IpAddress& address, Prefix prefix) noexcept {
  return std::equal(prefix.begin(), prefix.end(), address.begin());
}

V4 v4_at(const IpAddress& address, std::size_t offset) noexcept {
  V4 v4{};
  std::copy_n(address.begin() + static_cast<std::ptrdiff_t>(offset), v4.size(), v4.begin());
  return v4;
}

/// The IPv4 address that a packet to `address` may end at.
std::optional<V4> embedded_v4(const IpAddress& address) noexcept {
  if (address == kUnspecified || address == kLoopback) return std::nullopt;
  if (begins_with(address, k6to4)) return v4_at(address, k6to4.size());
  for (const Prefix prefix : {Prefix(kMapped), Prefix(kTranslated), Prefix(kCompatible),
                              Prefix(kNat64), Prefix(kLocalNat64)})
    if (begins_with(address, prefix)) return v4_at(address, kMapped.size());
  return std::nullopt;
}

bool is_no_machine(const V4& v4) noexcept {
  return v4[0] == 0 || (v4[0] & 0xf0U) == 0xe0U || v4 == V4{255, 255, 255, 255};
}

bool is_metadata(const V4& v4) noexcept {
  return (v4[0] == 169 && v4[1] == 254) || std::ranges::find(kMetadataV4, v4) != kMetadataV4.end();
}

bool is_no_machine(const IpAddress& address) noexcept {
  return address == kUnspecified || address[0] == 0xff;
}

bool is_metadata(const IpAddress& address) noexcept {
  return (address[0] == 0xfe && (address[1] & 0xc0U) == 0x80U) ||
         std::ranges::find(kMetadataV6, address) != kMetadataV6.end();
}

IpAddress mapped(const V4& v4) noexcept {
  IpAddress address{};
  const auto rest = std::copy(kMapped.begin(), kMapped.end(), address.begin());
  std::copy(v4.begin(), v4.end(), rest);
  return address;
}

}  // namespace

std::optional<IpAddress> parse_address(std::string_view text) noexcept {
  char terminated[INET6_ADDRSTRLEN] = {};
  if (text.size() >= sizeof terminated) return std::nullopt;
  std::copy(text.begin(), text.end(), terminated);
  if (V4 v4{}; inet_pton(AF_INET, terminated, v4.data()) == 1) return mapped(v4);
  if (IpAddress v6{}; inet_pton(AF_INET6, terminated, v6.data()) == 1) return v6;
  return std::nullopt;
}

std::optional<IpAddress> address_of(const sockaddr* address) noexcept {
  if (address->sa_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, address, sizeof in);
    V4 v4{};
    std::memcpy(v4.data(), &in.sin_addr, v4.size());
    return mapped(v4);
  }
  if (address->sa_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, address, sizeof in);
    IpAddress v6{};
    std::memcpy(v6.data(), &in.sin6_addr, v6.size());
    return v6;
  }
  return std::nullopt;
}

bool is_loopback(const IpAddress& address) noexcept {
  return address == kLoopback || (begins_with(address, kMapped) && address[kMapped.size()] == 127);
}

std::string_view address_fault(const IpAddress& address, bool allow_link_local) noexcept {
  const auto v4 = embedded_v4(address);
  if (is_no_machine(address) || (v4 && is_no_machine(*v4))) return kNoMachine;
  if (allow_link_local) return {};
  if (is_metadata(address) || (v4 && is_metadata(*v4))) return kMetadata;
  return {};
}

}  // namespace source
}  // namespace v0
}  // namespace jwks
