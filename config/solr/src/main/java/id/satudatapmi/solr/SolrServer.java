package id.satudatapmi.solr;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.solr.core.CoreContainer;
import org.apache.solr.embedded.JettyConfig;
import org.apache.solr.embedded.JettySolrRunner;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.HandlerWrapper;

/**
 * Starts Solr under <code>http://HOST:PORT/solr</code> and serves until it is told to stop (SIGTERM or SIGINT).
 *
 * <p>Exit codes: 0 or 128 + signal after a clean stop, 1 when Solr cannot start, 2 when used wrongly. Everything is
 * written below the home folder.
 */
public final class SolrServer {
  private static final long CORE_LOAD_TIMEOUT_MS = 60_000;

  /** Warns of optional classes that are absent; held here, for a logger that nobody holds forgets its level. */
  private static final Logger JERSEY = Logger.getLogger("org.glassfish.jersey");

  private SolrServer() {}

  public static void main(String[] arguments) {
    Options options;
    try {
      options = Options.parse(arguments);
    } catch (IllegalArgumentException error) {
      System.err.println("solr: " + error.getMessage());
      System.err.println(Options.USAGE);
      System.exit(2);
      return;
    }
    try {
      serve(options);
    } catch (Exception | LinkageError error) {
      System.err.println("solr: " + explain(error, options));
      // halt, not exit: threads of a half-started Solr must not keep the process alive.
      Runtime.getRuntime().halt(1);
    }
  }

  private static void serve(Options options) throws Exception {
    refuseTakenPort(options);
    Path home = SolrHome.prepare(options.home(), options.cores());
    JERSEY.setLevel(Level.SEVERE);
    // Where an installed Solr keeps its libraries; here they are on the class path.
    System.setProperty("solr.install.dir", home.toString());
    System.setProperty("solr.log.dir", home.resolve("logs").toString());
    BoundRunner runner = new BoundRunner(home, options);
    CountDownLatch stopped = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(runner, stopped), "solr-stop"));
    runner.start();
    failOnBrokenCore(runner.getCoreContainer());
    System.err.printf("solr: ready at http://%s:%d/solr%n", options.host(), options.port());
    stopped.await();
  }

  /** Asks for the port before any work is done, so that a taken port leaves the home folder untouched. */
  private static void refuseTakenPort(Options options) throws IOException {
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(new InetSocketAddress(InetAddress.getByName(options.host()), options.port()));
    }
  }

  private static void failOnBrokenCore(CoreContainer container) {
    container.getCoreInitFailures().forEach((core, failure) -> {
      throw new IllegalStateException("core " + core + " does not load: " + rootCause(failure.exception).getMessage());
    });
  }

  private static void stop(JettySolrRunner runner, CountDownLatch stopped) {
    try {
      if (runner.isRunning()) {
        runner.stop();
      }
    } catch (Exception error) {
      System.err.println("solr: stopped with an error: " + error);
    } finally {
      stopped.countDown();
    }
  }

  private static String explain(Throwable error, Options options) {
    Throwable cause = rootCause(error);
    if (cause instanceof BindException) {
      return String.format("cannot listen on %s:%d (%s): stop the process that uses the port, or choose another one",
          options.host(), options.port(), cause.getMessage());
    }
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }

  private static Throwable rootCause(Throwable error) {
    Throwable cause = error;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }

  /** A JettySolrRunner that listens on the address it is given; the stock one knows 127.0.0.1 only. */
  private static final class BoundRunner extends JettySolrRunner {
    // No initial value: the superclass constructor fills it through injectJettyHandlers.
    private HandlerWrapper outermost;

    BoundRunner(Path home, Options options) {
      super(home.toString(), JettyConfig.builder()
          .setContext("/solr")
          .setPort(options.port())
          // The hook in serve() stops Solr; Jetty's own would run at the same time.
          .stopAtShutdown(false)
          .waitForLoadingCoresToFinish(CORE_LOAD_TIMEOUT_MS)
          .build());
      Server server = outermost.getServer();
      for (Connector connector : server.getConnectors()) {
        ((ServerConnector) connector).setHost(options.host());
      }
    }

    @Override
    protected HandlerWrapper injectJettyHandlers(HandlerWrapper chain) {
      outermost = super.injectJettyHandlers(chain);
      return outermost;
    }
  }
}
