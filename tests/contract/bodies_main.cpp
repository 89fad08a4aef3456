// Usage: contract_bodies OPERATION COUNT. Bodies on both sides of what an operation accepts, one a line, for another
// validator to judge: "1 " before those that are accepted, "0 " before those that are refused.

#include <cstdio>
#include <cstdlib>

#include "contract/generator.h"
#include "contract/test_data.h"

int main(int count, char** arguments) {
  using namespace qamera;
  if (count != 3) return 2;
  const contract::Operation& operation = contract::row(arguments[1]);
  const OrderedJson schema = contract::embedded_json("schemas/" + std::string(operation.name) + ".request.json");
  contract::Generator generator(schema);
  for (long left = std::strtol(arguments[2], nullptr, 10); left > 0; --left) {
    const Json body = generator.next();
    const bool refused = contract::shared_contract().check_request(operation, body).has_value();
    std::printf("%d %s\n", refused ? 0 : 1, dump_json(body).c_str());
  }
}
