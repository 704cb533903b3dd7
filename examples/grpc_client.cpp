// Calls examples/grpc_service.cpp: `grpc_client <port> [token]` prints the reply, or the status
// that the service ended the call with. The token may also come as the variable TOKEN, which keeps
// it out of the list of processes.

#include <grpcpp/grpcpp.h>

#include <cstdlib>
#include <iostream>
#include <string>

#include "orders.grpc.pb.h"

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3) return 2;
  const char* const token = argc == 3 ? argv[2] : std::getenv("TOKEN");

  const auto channel =
      grpc::CreateChannel("127.0.0.1:" + std::string(argv[1]), grpc::InsecureChannelCredentials());
  const auto stub = orders::Orders::NewStub(channel);
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  if (token != nullptr) context.AddMetadata("authorization", "Bearer " + std::string(token));
  orders::ListReply reply;
  const grpc::Status status = stub->List(&context, orders::ListRequest(), &reply);
  if (status.ok()) {
    std::cout << "OK: " << reply.owner() << " has " << reply.orders_size() << " orders\n";
    return 0;
  }
  std::cout << status.error_code() << ": " << status.error_message() << '\n';
  const auto& trailer = context.GetServerTrailingMetadata();
  if (const auto pushback = trailer.find("grpc-retry-pushback-ms"); pushback != trailer.end()) {
    std::cout << "try again in " << pushback->second << " ms\n";
  }
  return 1;
}
