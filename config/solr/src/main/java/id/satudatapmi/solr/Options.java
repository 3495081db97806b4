package id.satudatapmi.solr;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The command line.
 *
 * @param cores configuration sources by core name, in the order given; each source is a folder whose files are taken,
 *     or one file, and a later source overrides files of the same name from an earlier one
 */
record Options(String host, int port, Path home, Map<String, List<Path>> cores) {
  static final String USAGE =
      "usage: java ... id.satudatapmi.solr.SolrServer --port PORT --home FOLDER [--host 127.0.0.1]"
          + " CORE=FOLDER[" + File.pathSeparator + "FOLDER or FILE]...";

  static Options parse(String[] arguments) {
    String host = "127.0.0.1";
    int port = 0;
    Path home = null;
    Map<String, List<Path>> cores = new LinkedHashMap<>();
    for (int at = 0; at < arguments.length; at++) {
      switch (arguments[at]) {
        case "--host" -> host = valueAfter(arguments, at++);
        case "--port" -> port = parsePort(valueAfter(arguments, at++));
        case "--home" -> home = Path.of(valueAfter(arguments, at++)).toAbsolutePath().normalize();
        default -> addCore(arguments[at], cores);
      }
    }
    if (port == 0 || home == null || cores.isEmpty()) {
      throw new IllegalArgumentException("--port, --home and at least one core are needed");
    }
    return new Options(host, port, home, cores);
  }

  private static String valueAfter(String[] arguments, int at) {
    if (at + 1 >= arguments.length) {
      throw new IllegalArgumentException(arguments[at] + " needs a value");
    }
    return arguments[at + 1];
  }

  private static int parsePort(String text) {
    if (!text.matches("\\d{1,5}") || Integer.parseInt(text) < 1 || Integer.parseInt(text) > 65535) {
      throw new IllegalArgumentException("--port must be a number from 1 to 65535, not '" + text + "'");
    }
    return Integer.parseInt(text);
  }

  private static void addCore(String argument, Map<String, List<Path>> cores) {
    int equals = argument.indexOf('=');
    if (equals < 1 || !argument.substring(0, equals).matches("[A-Za-z0-9_]+")) {
      throw new IllegalArgumentException("'" + argument + "' is no option and no CORE=FOLDER");
    }
    List<Path> sources = new ArrayList<>();
    for (String source : argument.substring(equals + 1).split(File.pathSeparator)) {
      Path path = Path.of(source).toAbsolutePath().normalize();
      if (!Files.exists(path)) {
        throw new IllegalArgumentException("core " + argument.substring(0, equals) + ": " + path + " does not exist");
      }
      sources.add(path);
    }
    cores.put(argument.substring(0, equals), sources);
  }
}
