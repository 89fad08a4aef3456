#include "edge/server.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/check.h"
#include "edge/acceptor.h"
#include "edge/worker.h"

namespace qamera {

using edge::Accepted;
using edge::Acceptor;
using edge::Descriptor;
using edge::Worker;

class Server::Implementation {
 public:
  Implementation(ServerOptions options, edge::Listening listening, RequestHandler& handler, const Log& log)
      : options_(std::move(options)),
        port_(listening.port),
        connections_(options_.connections ? *options_.connections : own_connections_) {
    for (int i = 0; i < thread_count(options_.threads); ++i) {
      workers_.push_back(std::make_unique<Worker>(options_, handler, [this] { on_closed(); }));
    }
    for (Descriptor& descriptor : listening.descriptors) {
      acceptors_.push_back(std::make_unique<Acceptor>(
          workers_.front()->loop(), std::move(descriptor),
          Acceptor::Hooks{.has_room = [this] { return has_room(); },
                          .deliver = [this](Accepted accepted) { deliver(std::move(accepted)); }},
          log));
    }
    on_room_->run = [this] {
      for (const auto& acceptor : acceptors_) acceptor->on_room();
    };
    for (const auto& acceptor : acceptors_) acceptor->open();
    start_workers();
  }

  /// Without these an event loop could not be made, or nobody be served by it.
  static Result<void> check_descriptors(const ServerOptions& options, const Descriptor& listening) {
    constexpr std::size_t kFewestConnections = 8;
    const std::size_t wanted = of_loops(options) + kFewestConnections + options.reserved_descriptors;
    return edge::check_descriptors(listening.get(), wanted);
  }

  /// Keeps what is reserved of `limit` descriptors from clients. REQUIRES: `check_descriptors` passed.
  static void leave_descriptors(ServerOptions& options, const Descriptor& listening, std::size_t limit) {
    if (options.reserved_descriptors == 0) return;
    const std::size_t taken =
        edge::open_descriptors(listening.get()) + of_loops(options) + options.reserved_descriptors;
    options.max_connections = std::min(options.max_connections, limit - std::min(limit - 1, taken));
  }

  const ServerOptions& options() const { return options_; }
  int port() const { return port_; }
  std::size_t connections() const { return connections_.load(); }

  void stop(Duration grace) {
    for (const auto& worker : workers_) {
      QM_CHECK(!worker->loop().is_current_thread(), "the server is stopped from within its handler");
    }
    const std::lock_guard stopping(stop_mutex_);
    if (stopped()) return;
    // The acceptors go first, on their own loop, and ahead of that loop's stop: nothing is delivered to a
    // worker that has been told to stop.
    std::mutex mutex;
    std::condition_variable closed_changed;
    bool closed = false;
    workers_.front()->loop().mailbox()->post([&] {
      for (const auto& acceptor : acceptors_) acceptor->close();
      const std::lock_guard lock(mutex);
      closed = true;
      closed_changed.notify_one();
    });
    {
      std::unique_lock lock(mutex);
      closed_changed.wait(lock, [&] { return closed; });
    }
    for (const auto& worker : workers_) worker->stop(grace);
    for (const auto& worker : workers_) worker->join();
    const std::lock_guard lock(stopped_mutex_);
    stopped_ = true;
    stopped_changed_.notify_all();
  }

  void wait() {
    std::unique_lock lock(stopped_mutex_);
    stopped_changed_.wait(lock, [&] { return stopped_; });
  }

  void poke() {
    for (const auto& worker : workers_) worker->loop().mailbox()->wake();
  }

 private:
  /// All of them or, where the system gives no further thread, none: then `std::system_error` is thrown on.
  void start_workers() {
    std::size_t started = 0;
    try {
      for (; started < workers_.size(); ++started) workers_[started]->start();
    } catch (const std::system_error&) {
      for (std::size_t i = 0; i < started; ++i) {
        workers_[i]->stop(Duration::zero());
        workers_[i]->join();
      }
      throw;
    }
  }

  /// Their pollers, and the two ends of their pipes.
  static std::size_t of_loops(const ServerOptions& options) {
    return std::size_t{3} * static_cast<std::size_t>(thread_count(options.threads));
  }

  static int thread_count(int wanted) {
    constexpr int kMax = 4;
    return wanted > 0 ? wanted : std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, kMax);
  }

  bool stopped() {
    const std::lock_guard lock(stopped_mutex_);
    return stopped_;
  }

  bool has_room() {
    if (connections_.load() < options_.max_connections) return true;
    // Announced before the count is read again, or the connection that ends in between would wake nobody.
    waiting_for_room_.store(true);
    return connections_.load() < options_.max_connections;
  }

  void deliver(Accepted accepted) {
    ++connections_;
    try {
      workers_[next_++ % workers_.size()]->adopt(std::move(accepted));
    } catch (const std::bad_alloc&) {
      --connections_;
      throw;
    }
  }

  void on_closed() {
    --connections_;
    if (waiting_for_room_.exchange(false)) workers_.front()->loop().mailbox()->post(on_room_);
  }

  const ServerOptions options_;
  const int port_;
  std::atomic<std::size_t> own_connections_{0};
  std::atomic<std::size_t>& connections_;
  std::atomic<bool> waiting_for_room_{false};
  std::size_t next_ = 0;  // used by the acceptor's thread only
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::unique_ptr<Acceptor>> acceptors_;
  const std::shared_ptr<edge::Mailbox::Call> on_room_ = std::make_shared<edge::Mailbox::Call>();
  std::mutex stop_mutex_;
  std::mutex stopped_mutex_;
  std::condition_variable stopped_changed_;
  bool stopped_ = false;  // guarded by stopped_mutex_
};

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, RequestHandler& handler, const Log& log) {
  auto listening = edge::listen_on(options.host, options.port);
  if (!listening) return listening.error();
  constexpr std::size_t kOtherDescriptors = 256;
  const std::size_t limit =
      edge::allow_descriptors(options.max_connections + kOtherDescriptors + options.reserved_descriptors);
  if (auto checked = Implementation::check_descriptors(options, listening->descriptors.front()); !checked) {
    return checked.error();
  }
  Implementation::leave_descriptors(options, listening->descriptors.front(), limit);
  return std::unique_ptr<Server>(
      new Server(std::make_unique<Implementation>(std::move(options), std::move(*listening), handler, log)));
}

Server::Server(std::unique_ptr<Implementation> implementation) : implementation_(std::move(implementation)) {}

Server::~Server() { stop(Duration::zero()); }

int Server::port() const { return implementation_->port(); }

std::string Server::url() const {
  const std::string& host = implementation_->options().host;
  const bool bare6 = host.find(':') != std::string::npos && host.front() != '[';
  return "http://" + (bare6 ? "[" + host + "]" : host) + ":" + std::to_string(port());
}

std::size_t Server::connections() const { return implementation_->connections(); }

void Server::stop(Duration grace) { implementation_->stop(grace); }
void Server::wait() { implementation_->wait(); }
void Server::poke() { implementation_->poke(); }

}  // namespace qamera
