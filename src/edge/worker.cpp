#include "edge/worker.h"

#include <new>
#include <utility>

#include "base/check.h"

namespace qamera::edge {
namespace {
constexpr std::size_t kScratch = 64u << 10;
}

Worker::Worker(const ServerOptions& options, RequestHandler& handler, std::function<void()> on_closed)
    : options_(options),
      handler_(handler),
      on_closed_(std::move(on_closed)),
      loop_(options.time ? *options.time : system_time()),
      scratch_(kScratch) {}

Worker::~Worker() {
  QM_CHECK(!thread_.joinable(), "a worker is destroyed before it has stopped");
  loop_.timers().forget(*this);
}

void Worker::start() {
  thread_ = std::thread([this] {
    loop_.run([this] { after_round(); });
    close_all();
    retired_.clear();
  });
}

void Worker::adopt(Accepted accepted) {
  if (loop_.is_current_thread()) return open(std::move(accepted));
  // std::function wants copies, a descriptor has none.
  auto shared = std::make_shared<Accepted>(std::move(accepted));
  loop_.mailbox()->post([this, shared] { open(std::move(*shared)); });
}

void Worker::open(Accepted accepted) {
  const std::uint64_t id = next_id_++;
  try {
    auto& connection = connections_[id];
    connection = std::make_unique<Connection>(id, std::move(accepted), static_cast<ConnectionHost&>(*this));
    if (stopping_ || !connection->open()) connection->close();
  } catch (const std::bad_alloc&) {
    const auto place = connections_.find(id);
    if (place != connections_.end() && place->second) return place->second->close();
    connections_.erase(id);
    on_closed_();
  }
}

void Worker::retire(std::uint64_t id) {
  const auto place = connections_.find(id);
  QM_CHECK(place != connections_.end(), "an unknown connection closed");
  retired_.insert(connections_.extract(place));
}

std::function<void()> Worker::signal_to(std::uint64_t id) {
  auto call = std::make_shared<Mailbox::Call>();
  call->run = [this, id] {
    const auto place = connections_.find(id);
    if (place != connections_.end()) place->second->on_signal();
  };
  std::weak_ptr<Mailbox> mailbox = loop_.mailbox();
  return [call, mailbox] {
    if (const auto target = mailbox.lock()) target->post(call);
  };
}

void Worker::stop(Duration grace) {
  loop_.mailbox()->post([this, grace] { begin_stop(grace); });
}

void Worker::begin_stop(Duration grace) {
  stopping_ = true;
  loop_.timers().set(*this, loop_.now() + grace);
  // A connection that closes leaves the map; the others keep their places in it.
  for (auto place = connections_.begin(); place != connections_.end();) (place++)->second->begin_stop();
}

void Worker::on_deadline(MonotonicTime) { close_all(); }

void Worker::close_all() {
  while (!connections_.empty()) connections_.begin()->second->close();
}

void Worker::after_round() {
  for (std::size_t closed = std::exchange(retired_, {}).size(); closed > 0; --closed) on_closed_();
  if (stopping_ && connections_.empty()) loop_.quit();
}

void Worker::join() {
  if (thread_.joinable()) thread_.join();
}

}  // namespace qamera::edge
