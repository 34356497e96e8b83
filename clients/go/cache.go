package postern

import "sync"

const cacheShards = 64

// cached is what a cache can hold: the key is the whole text.
type cached interface{ cacheKey() string }

// cache is bounded by entries and by bytes of text. Each shard has two generations: what is found in the old one moves
// to the young one, and when the young one is full the old one is dropped. So what is used stays, at the cost of a map
// look-up, and no list has to be kept in order.
type cache[T cached] struct {
	shards     [cacheShards]cacheShard[T]
	maxEntries int
	maxBytes   int
}

type cacheShard[T cached] struct {
	mu    sync.RWMutex
	young map[string]T
	old   map[string]T
	bytes int
	// A shard fills its own cache lines.
	_ [64]byte
}

func newCache[T cached](maxEntries, maxBytes int) *cache[T] {
	return &cache[T]{
		maxEntries: max(1, maxEntries/cacheShards/2),
		maxBytes:   max(1, maxBytes/cacheShards/2),
	}
}

// shard is chosen by the end of the text, which in a token is of its signature and in an API key a checksum.
func (c *cache[T]) shard(text string) *cacheShard[T] {
	var hash uint32
	for at := max(0, len(text)-8); at < len(text); at++ {
		hash = hash*31 + uint32(text[at])
	}
	return &c.shards[(hash^hash>>16)%cacheShards]
}

func (c *cache[T]) find(text string) (T, bool) {
	shard := c.shard(text)
	shard.mu.RLock()
	entry, ok := shard.young[text]
	var isOld bool
	if !ok {
		entry, isOld = shard.old[text]
	}
	shard.mu.RUnlock()
	if isOld {
		c.add(entry)
	}
	return entry, ok || isOld
}

func (c *cache[T]) add(entry T) {
	text := entry.cacheKey()
	shard := c.shard(text)
	shard.mu.Lock()
	defer shard.mu.Unlock()
	if _, known := shard.young[text]; !known {
		isFull := len(shard.young) >= c.maxEntries || shard.bytes+len(text) > c.maxBytes
		if shard.young == nil || isFull {
			shard.old, shard.young, shard.bytes = shard.young, make(map[string]T), 0
		}
		shard.bytes += len(text)
	}
	shard.young[text] = entry
	delete(shard.old, text)
}

func (c *cache[T]) remove(text string) {
	shard := c.shard(text)
	shard.mu.Lock()
	defer shard.mu.Unlock()
	if _, known := shard.young[text]; known {
		shard.bytes -= len(text)
		delete(shard.young, text)
	}
	delete(shard.old, text)
}

func (c *cache[T]) size() int {
	total := 0
	for at := range c.shards {
		shard := &c.shards[at]
		shard.mu.RLock()
		total += len(shard.young) + len(shard.old)
		shard.mu.RUnlock()
	}
	return total
}
