package filestore

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/iotest"
	"testing/quick"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tandem/go/events"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var variants = map[string]func(context.Context, Config, string, io.Reader, events.Note) (Stored, error){
	"sequential": Sequential,
	"per-chunk":  PerChunk,
	"pool":       Pool,
	"blocks":     Blocks,
}

func configIn(dir string) Config {
	return Config{Dir: dir, Chunk: 1000, Buffers: 3, Block: 300, Writers: 2}
}

func names(t *testing.T, dir string) []string {
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	all := []string{}
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

// Whatever the sizes, all variants write the same, and what is read back is
// what was stored.
func TestWhatIsStoredComesBack(t *testing.T) {
	for name, f := range variants {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			i := 0
			back := func(size uint16, chunk, block uint16, buffers, writers uint8, sync bool) bool {
				i++
				name := fmt.Sprint("file", i)
				n := int64(size) % 5000
				config := Config{
					Dir: dir, Chunk: int(chunk)%1500 + 1, Block: int(block)%700 + 1,
					Buffers: int(buffers)%5 + 1, Writers: int(writers)%4 + 1, Sync: sync && i < 4,
				}
				// Readers may give less than they are asked for.
				source := iotest.HalfReader(NewSource(n))
				stored, err := f(context.Background(), config, name, source, events.Silent)
				require.NoError(t, err)
				want, err := Sequential(context.Background(), config, name+"-want", NewSource(n), events.Silent)
				require.NoError(t, err)
				require.Equal(t, want.Manifest, stored.Manifest)

				var got bytes.Buffer
				m, err := Load(config, name, &got, events.Silent)
				require.NoError(t, err)
				require.Equal(t, Answer(want.Manifest), Answer(m))
				all, err := io.ReadAll(NewSource(n))
				require.NoError(t, err)
				return n == m.Size && bytes.Equal(all, got.Bytes())
			}
			require.NoError(t, quick.Check(back, &quick.Config{MaxCount: 25}))
			for _, entry := range names(t, dir) {
				require.True(t, strings.HasPrefix(entry, "file"), entry)
			}
		})
	}
}

// A broken source, a source that ends badly, a full disk and a caller who gives
// up: each is told as it is, and nothing stays behind.
func TestNothingStaysBehind(t *testing.T) {
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	whole := func() io.Reader { return NewSource(50_000) }
	broken := func() io.Reader { return io.MultiReader(NewSource(2500), iotest.ErrReader(io.ErrClosedPipe)) }
	for name, f := range variants {
		for _, test := range []struct {
			says   string
			ctx    context.Context
			source func() io.Reader
			change func(config *Config)
			want   error
		}{
			{"the source breaks", nil, broken, nil, io.ErrClosedPipe},
			{"it is cancelled", cancelled, whole, nil, context.Canceled},
			{"the disk is full", nil, whole, func(config *Config) {
				config.create = full
			}, syscall.ENOSPC},
			{"the manifest has no room", nil, whole, func(config *Config) {
				config.create = func(path string) (*os.File, error) {
					if filepath.Base(path) == manifest {
						return full(path)
					}
					return os.Create(path)
				}
			}, syscall.ENOSPC},
			{"no chunk can be made", nil, whole, func(config *Config) {
				config.create = func(path string) (*os.File, error) { return os.Open(path) }
			}, fs.ErrNotExist},
		} {
			t.Run(name+"/"+test.says, func(t *testing.T) {
				if _, err := os.Stat("/dev/full"); test.want == syscall.ENOSPC && err != nil {
					t.Skip("no disk here that is always full: ", err)
				}
				dir := t.TempDir()
				config := configIn(dir)
				if test.ctx == nil {
					test.ctx = context.Background()
				}
				if test.change != nil {
					test.change(&config)
				}
				_, err := f(test.ctx, config, "file", test.source(), events.Silent)
				require.ErrorIs(t, err, test.want)
				require.ErrorContains(t, err, `storing "file": `)
				require.Empty(t, names(t, dir))
			})
		}
	}
}

// full opens what is always full.
func full(string) (*os.File, error) {
	return os.OpenFile("/dev/full", os.O_WRONLY, 0)
}

// Who cancels while chunks are written waits for no more than those.
func TestCancelInTheMiddle(t *testing.T) {
	for name, f := range variants {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			var read atomic.Int64
			source := readerFunc(func(p []byte) (int, error) {
				if read.Add(int64(len(p))) > 5000 {
					cancel()
				}
				return len(p), nil // without end
			})
			_, err := f(ctx, configIn(dir), "file", source, events.Silent)
			require.ErrorIs(t, err, context.Canceled)
			require.Less(t, read.Load(), int64(8000))
			require.Empty(t, names(t, dir))
		})
	}
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// A name that is taken stays as it is. Two who store the same name at once
// cannot mix their chunks, for each has a folder of its own.
func TestNameIsTaken(t *testing.T) {
	for name, f := range variants {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			first, err := f(context.Background(), configIn(dir), "file", NewSource(3000), events.Silent)
			require.NoError(t, err)
			_, err = f(context.Background(), configIn(dir), "file", NewSource(10), events.Silent)
			require.ErrorIs(t, err, fs.ErrExist)
			require.Equal(t, []string{"file"}, names(t, dir))
			m, err := Load(configIn(dir), "file", io.Discard, events.Silent)
			require.NoError(t, err)
			require.Equal(t, first.Manifest, m)
		})
	}
}

// Where nothing can be written, the error is the system's.
func TestReadOnly(t *testing.T) {
	dir, want := "/sys", fs.ErrPermission // not even root makes a folder there
	if runtime.GOOS != "linux" {
		dir = t.TempDir()
		require.NoError(t, os.Chmod(dir, 0o500))
	}
	for name, f := range variants {
		_, err := f(context.Background(), configIn(dir), "file", NewSource(10), events.Silent)
		require.ErrorIs(t, err, want, name)
		_, err = f(context.Background(), configIn("/nowhere"), "file", NewSource(10), events.Silent)
		require.ErrorIs(t, err, fs.ErrNotExist, name)
	}
}

// On a disk that stands still, the goroutine-per-chunk variant takes the whole
// file into memory. The pool, a few lines away, waits.
func TestUnboundedMemory(t *testing.T) {
	const chunks = 50
	for name, most := range map[string]int{"per-chunk": chunks, "pool": 3} {
		t.Run(name, func(t *testing.T) {
			config := configIn(t.TempDir())
			// The disk moves on when the reader has nothing more to do: when it
			// is at the end, or when all buffers of the pool wait for the disk.
			stuck := make(chan struct{})
			var waiting atomic.Int64
			config.create = func(path string) (*os.File, error) {
				if filepath.Base(path) != manifest && waiting.Add(1) == int64(most) {
					close(stuck)
				}
				<-stuck
				return os.Create(path)
			}
			stored, err := variants[name](context.Background(), config, "file", NewSource(chunks*1000), events.Silent)
			require.NoError(t, err)
			require.InDelta(t, most*1000, stored.Held, 1000) // the buffer that finds the end
		})
	}
}

func TestHeld(t *testing.T) {
	for name, want := range map[string]int{"sequential": 1000, "pool": 3000, "blocks": 600} {
		stored, err := variants[name](context.Background(), configIn(t.TempDir()), "file", NewSource(20_000), events.Silent)
		require.NoError(t, err)
		require.Equal(t, want, stored.Held, name)
	}
}

// Where the disk keeps up, the goroutine-per-chunk variant holds little too,
// though it allocates everything.
func TestHeldWhereTheDiskKeepsUp(t *testing.T) {
	written := make(chan struct{}, 1)
	written <- struct{}{}
	whole := NewSource(50_000)
	source := readerFunc(func(p []byte) (int, error) {
		<-written // the chunk before
		return whole.Read(p)
	})
	note := func(worker int, kind, label string) {
		if kind == "finish" && label == "write" {
			written <- struct{}{}
		}
	}
	stored, err := PerChunk(context.Background(), configIn(t.TempDir()), "file", source, note)
	require.NoError(t, err)
	require.Less(t, stored.Held, 25_000)
}

// Every file is closed again, whether it was written or not.
func TestDescriptors(t *testing.T) {
	const open = "/proc/self/fd"
	if _, err := os.Stat(open); err != nil {
		t.Skip("open descriptors cannot be counted here: ", err)
	}
	for name, f := range variants {
		before := len(names(t, open))
		dir := t.TempDir()
		config := configIn(dir)
		config.Sync = true
		_, err := f(context.Background(), config, "file", NewSource(20_000), events.Silent)
		require.NoError(t, err)
		_, err = f(context.Background(), config, "broken", iotest.TimeoutReader(NewSource(20_000)), events.Silent)
		require.ErrorIs(t, err, iotest.ErrTimeout)
		_, err = Load(config, "file", io.Discard, events.Silent)
		require.NoError(t, err)
		require.Len(t, names(t, open), before, name)
	}
}

// Each kind of damage is found and named.
func TestDamage(t *testing.T) {
	for says, damage := range map[string]func(dir string) error{
		"chunk 1 is damaged": func(dir string) error {
			data, err := os.ReadFile(dir + "/1")
			data[500] ^= 1
			return joined(err, os.WriteFile(dir+"/1", data, 0o666))
		},
		"chunk 2 has the wrong length": func(dir string) error { return os.Truncate(dir+"/2", 499) },
		"chunk 0 has the wrong length": func(dir string) error {
			data, err := os.ReadFile(dir + "/0")
			return joined(err, os.WriteFile(dir+"/0", append(data, 0), 0o666))
		},
		"no such file":         func(dir string) error { return os.Remove(dir + "/1") },
		"manifest is damaged":  func(dir string) error { return os.Truncate(dir+"/manifest", 30) },
		"manifest: no such":    func(dir string) error { return os.Remove(dir + "/manifest") },
		"checksum does not ma": func(dir string) error { return swap(dir + "/manifest") },
	} {
		dir := t.TempDir()
		_, err := Pool(context.Background(), configIn(dir), "file", NewSource(2500), events.Silent)
		require.NoError(t, err)
		require.NoError(t, damage(dir+"/file"))
		_, err = Load(configIn(dir), "file", io.Discard, events.Silent)
		require.ErrorContains(t, err, says)
		require.ErrorContains(t, err, `loading "file": `)
	}
}

func joined(first, second error) error {
	if first != nil {
		return first
	}
	return second
}

// swap exchanges the first two checksums of a manifest.
func swap(path string) error {
	text, err := os.ReadFile(path)
	lines := strings.Split(string(text), "\n")
	lines[3], lines[4] = lines[4], lines[3]
	return joined(err, os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o666))
}

func TestRefused(t *testing.T) {
	for _, name := range []string{"", ".", "..", "a/b", ".partial-1", "a\x00"} {
		_, err := Pool(context.Background(), configIn(t.TempDir()), name, NewSource(10), events.Silent)
		require.ErrorContains(t, err, "want one without slash")
	}
}

// The other language writes the same manifest; see test_filestore.py.
func TestManifestText(t *testing.T) {
	stored, err := Pool(context.Background(), configIn(t.TempDir()), "file", NewSource(2500), events.Silent)
	require.NoError(t, err)
	require.Equal(t, "size=2500 chunks=3 crc=6382152a", Answer(stored.Manifest))
	require.Equal(t, "filestore 1\nsize 0\nchunk 1\nend 15e54e60\n", Manifest{Chunk: 1}.Text())
}

// Whatever a manifest's bytes are, it is refused, or it is just what Text
// writes: there are no two ways to say the same.
func FuzzParseManifest(f *testing.F) {
	for _, m := range []Manifest{
		{Chunk: 1}, {Size: 5, Chunk: 10, Sums: []uint32{1}}, {Size: 2500, Chunk: 1000, Sums: []uint32{1, 0xffffffff, 3}},
	} {
		f.Add(m.Text())
		f.Add(m.Text()[:len(m.Text())/2])
	}
	f.Add("filestore 1\nsize 9223372036854775807\nchunk 1\nend 00000000\n")
	f.Add("filestore 1\nsize -1\nchunk 1\nend 00000000\n")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := ParseManifest(text)
		if err != nil {
			return
		}
		require.Equal(t, text, m.Text())
		require.GreaterOrEqual(t, m.Size, int64(0))
		total := int64(0)
		for i := range m.Sums {
			require.Positive(t, m.length(i))
			total += int64(m.length(i))
		}
		require.Equal(t, m.Size, total)
	})
}

func ExamplePool() {
	dir, err := os.MkdirTemp("", "filestore-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	config := Config{Dir: dir, Chunk: 4, Buffers: 2, Block: 1, Writers: 1}
	stored, err := Pool(context.Background(), config, "greeting", strings.NewReader("hello, disk"), events.Silent)
	fmt.Println(stored.Size, len(stored.Sums), err)
	_, err = Load(config, "greeting", os.Stdout, events.Silent)
	fmt.Println("", err)
	// Output:
	// 11 3 <nil>
	// hello, disk <nil>
}

// 64 MiB in chunks of 10; -benchmem shows the post's third column.
func BenchmarkStore(b *testing.B) {
	const size = 64 << 20
	for _, name := range []string{"sequential", "per-chunk", "pool", "blocks"} {
		b.Run(name, func(b *testing.B) {
			dir := b.TempDir()
			config := Config{Dir: dir, Chunk: 10 << 20, Buffers: 4, Block: 256 << 10, Writers: 3}
			b.SetBytes(size)
			b.ReportAllocs()
			held := 0
			for b.Loop() {
				stored, err := variants[name](context.Background(), config, "file", NewSource(size), events.Silent)
				if err != nil {
					b.Fatal(err)
				}
				held = stored.Held
				b.StopTimer()
				if err := os.RemoveAll(dir + "/file"); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
			b.ReportMetric(float64(held), "held-B")
		})
	}
}
