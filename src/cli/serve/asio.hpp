#pragma once

// Asio and Beast under short names, for the files that speak to sockets. Included before anything
// else of Boost, so that all of them are compiled alike.

// ThreadSanitizer knows no fences, and GCC warns of them. What Asio orders by fences is ordered by
// the mutex of its scheduler too.
#if defined(__SANITIZE_THREAD__)
#define BOOST_ASIO_DISABLE_FENCED_BLOCK
#endif

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/error.hpp>

namespace jwks::cli {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using beast::error_code;

}  // namespace jwks::cli
