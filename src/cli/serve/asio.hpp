#pragma once

// Asio and Beast under short names, for the files that speak to sockets. Included before anything
// else of Boost, so that all of them are compiled alike.

// ThreadSanitizer knows no fences, and GCC warns of them. What Asio orders by fences is ordered by
// the mutex of its scheduler too.
#if defined(__SANITIZE_THREAD__)
#define BOOST_ASIO_DISABLE_FENCED_BLOCK
#endif

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/error.hpp>
#include <chrono>

namespace jwks::cli {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using beast::error_code;

// Each io_context is run by one thread, which orders what happens. Not any_io_executor, and no
// strand: these allocate memory where there is no way to say that there is none.
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;
using Stream = beast::basic_stream<tcp, Executor>;

}  // namespace jwks::cli
