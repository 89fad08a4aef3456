#include "tasks/task_pool.h"

#include <algorithm>
#include <system_error>

namespace qamera::tasks {

TaskPool::TaskPool(Options options) : options_(options) {
  const std::lock_guard lock(mutex_);
  try {
    while (threads_.size() < static_cast<std::size_t>(options_.threads)) {
      threads_.emplace_back([this] { run(); });
      ++idle_;
    }
  } catch (const std::system_error&) {
    // The process may have no more threads: those that there are do.
  }
}

std::optional<TaskPool::Ticket> TaskPool::add(Task task, bool is_bounded) {
  Ticket ticket = 0;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || threads_.empty()) return std::nullopt;
    // Those that a free thread is about to take do not wait.
    if (is_bounded && queue_.size() >= options_.most_queued + idle_) return std::nullopt;
    ticket = ++last_;
    queue_.push_back({ticket, std::move(task)});
  }
  changed_.notify_one();
  return ticket;
}

bool TaskPool::withdraw(Ticket ticket) {
  Task dropped;  // after the lock
  const std::lock_guard lock(mutex_);
  const auto first = queue_.begin() + static_cast<std::ptrdiff_t>(std::min(idle_, queue_.size()));
  const auto found = std::find_if(first, queue_.end(), [&](const Queued& one) { return one.ticket == ticket; });
  if (found == queue_.end()) return false;
  dropped = std::move(found->task);
  queue_.erase(found);
  return true;
}

void TaskPool::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    Task task = std::move(queue_.front().task);
    queue_.pop_front();
    --idle_;
    lock.unlock();
    task();
    task = nullptr;  // what it holds may be large
    lock.lock();
    ++idle_;
  }
}

void TaskPool::stop() {
  std::vector<std::thread> threads;
  {
    std::deque<Queued> dropped;  // after the lock
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    threads.swap(threads_);
    dropped.swap(queue_);
  }
  changed_.notify_all();
  for (std::thread& thread : threads) thread.join();
}

}  // namespace qamera::tasks
