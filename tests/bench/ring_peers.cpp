// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Queues of C++ libraries, for bench_ring.c; nothing else here is C++

#include "tests/bench/ring_peers.h"

#include <array>
#include <cstdint>
#include <memory>
#include <new>

#ifdef HAVE_BOOST_SPSC
#  include <boost/lockfree/spsc_queue.hpp>
#endif
#ifdef HAVE_READERWRITERQUEUE
#  include <readerwriterqueue/readerwritercircularbuffer.h>
#  include <readerwriterqueue/readerwriterqueue.h>
#endif
#ifdef HAVE_CONCURRENTQUEUE
#  include <concurrentqueue/concurrentqueue.h>
#endif

namespace {

/// As large as a command, and as much of it is set
struct Item {
  std::uint64_t sequence;
  std::int64_t  time_ns;
  std::int64_t  arrival_ns;
  double        seconds;
  std::uint32_t kind;
  std::uint32_t parameter;
  float         value;
  std::uint32_t rest[5];
};

static_assert(sizeof(Item) == 64u, "a cache line");

using Items = std::array<Item, RING_PEER_BATCH>;

Item
make(const std::uint64_t sequence)
{
  Item item{};
  item.sequence   = sequence;
  item.arrival_ns = static_cast<std::int64_t>(sequence);
  item.kind       = 1u;
  item.parameter  = static_cast<std::uint32_t>(sequence & 31u);
  item.value      = 0.5f;
  return item;
}

/**
   The loops around a queue, which has `put(items, n)` and `take(items, n)`;
   both return how many were moved.
*/
template<typename Queue>
struct Loops {
  static void* open() { return new (std::nothrow) Queue(); }
  static void  close(void* const queue) { delete static_cast<Queue*>(queue); }

  /// One at a time needs no array between
  static std::uint32_t put(Queue&              queue,
                           std::uint64_t&      sequence,
                           const std::uint32_t n)
  {
    if (n == 1u) {
      const Item item = make(sequence);
      const bool was  = queue.put_one(item);
      sequence += was;
      return was;
    }

    Items items;
    for (std::uint32_t i = 0u; i < n; ++i) {
      items[i] = make(sequence + i);
    }
    std::uint32_t done = 0u;
    while (done < n) {
      const std::uint32_t more = queue.put(items.data() + done, n - done);
      done += more;
      if (!more) {
        ring_peer_relax();
      }
    }
    sequence += n;
    return n;
  }

  static std::uint32_t take(Queue&              queue,
                            std::uint64_t&      sum,
                            const std::uint32_t n)
  {
    if (n == 1u) {
      Item       item;
      const bool was = queue.take_one(item);
      if (was) {
        sum += item.sequence;
      }
      return was;
    }

    Items               items;
    const std::uint32_t count = queue.take(items.data(), n);
    for (std::uint32_t i = 0u; i < count; ++i) {
      sum += items[i].sequence;
    }
    return count;
  }

  static std::uint64_t alternate(void* const         context,
                                 const std::uint32_t n_batches,
                                 const std::uint32_t batch)
  {
    Queue&        queue    = *static_cast<Queue*>(context);
    std::uint64_t sequence = 0u;
    std::uint64_t sum      = 0u;
    for (std::uint32_t i = 0u; i < n_batches; ++i) {
      put(queue, sequence, batch);
      for (std::uint32_t n = 0u; n < batch;) {
        n += take(queue, sum, batch - n);
      }
    }
    return sum;
  }

  static void produce(void* const         context,
                      const std::uint32_t n_items,
                      const std::uint32_t batch)
  {
    Queue&        queue    = *static_cast<Queue*>(context);
    std::uint64_t sequence = 0u;
    while (sequence < n_items) {
      if (!put(queue, sequence, batch)) {
        ring_peer_relax();
      }
    }
  }

  static std::uint64_t consume(void* const         context,
                               const std::uint32_t n_items,
                               const std::uint32_t batch)
  {
    Queue&        queue = *static_cast<Queue*>(context);
    std::uint64_t sum   = 0u;
    for (std::uint32_t done = 0u; done < n_items;) {
      const std::uint32_t n = take(queue, sum, batch);
      done += n;
      if (!n) {
        ring_peer_relax();
      }
    }
    return sum;
  }

  static constexpr RingPeer row(const char* const name)
  {
    return {name, open, close, alternate, produce, consume};
  }
};

#ifdef HAVE_BOOST_SPSC
struct BoostSpsc {
  boost::lockfree::spsc_queue<Item,
                              boost::lockfree::capacity<RING_PEER_CAPACITY>>
    queue;

  bool          put_one(const Item& item) { return queue.push(item); }
  bool          take_one(Item& item) { return queue.pop(item); }
  std::uint32_t put(const Item* const items, const std::uint32_t n)
  {
    return static_cast<std::uint32_t>(queue.push(items, n));
  }
  std::uint32_t take(Item* const items, const std::uint32_t n)
  {
    return static_cast<std::uint32_t>(queue.pop(items, n));
  }
};
#endif

#ifdef HAVE_READERWRITERQUEUE
/// Both have no batches
template<typename Queue>
struct OneByOne {
  Queue queue{RING_PEER_CAPACITY};

  std::uint32_t take(Item* const items, const std::uint32_t n)
  {
    std::uint32_t i = 0u;
    while (i < n && queue.try_dequeue(items[i])) {
      ++i;
    }
    return i;
  }
  bool          put_one(const Item& item) { return queue.try_enqueue(item); }
  bool          take_one(Item& item) { return queue.try_dequeue(item); }
  std::uint32_t put(const Item* const items, const std::uint32_t n)
  {
    std::uint32_t i = 0u;
    while (i < n && queue.try_enqueue(items[i])) {
      ++i;
    }
    return i;
  }
};

using ReaderWriter = OneByOne<moodycamel::ReaderWriterQueue<Item>>;
using Circular = OneByOne<moodycamel::BlockingReaderWriterCircularBuffer<Item>>;
#endif

#ifdef HAVE_CONCURRENTQUEUE
struct Concurrent {
  moodycamel::ConcurrentQueue<Item> queue{RING_PEER_CAPACITY};
  moodycamel::ProducerToken         producer{queue};
  moodycamel::ConsumerToken         consumer{queue};

  bool put_one(const Item& item) { return queue.try_enqueue(producer, item); }
  bool take_one(Item& item) { return queue.try_dequeue(consumer, item); }
  std::uint32_t put(const Item* const items, const std::uint32_t n)
  {
    return queue.try_enqueue_bulk(producer, items, n) ? n : 0u;
  }
  std::uint32_t take(Item* const items, const std::uint32_t n)
  {
    return static_cast<std::uint32_t>(
      queue.try_dequeue_bulk(consumer, items, n));
  }
};
#endif

} // namespace

extern "C" const RingPeer ring_peers_cpp[] = {
#ifdef HAVE_BOOST_SPSC
  Loops<BoostSpsc>::row("boost spsc_queue"),
#endif
#ifdef HAVE_READERWRITERQUEUE
  Loops<ReaderWriter>::row("moodycamel reader-writer queue"),
  Loops<Circular>::row("moodycamel circular buffer"),
#endif
#ifdef HAVE_CONCURRENTQUEUE
  Loops<Concurrent>::row("moodycamel concurrent queue"),
#endif
  {nullptr, nullptr, nullptr, nullptr, nullptr, nullptr},
};
