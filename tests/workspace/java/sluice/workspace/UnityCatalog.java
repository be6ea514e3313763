package sluice.workspace;

import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.connector.catalog.Column;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.connector.catalog.StagedTable;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.catalog.TableChange;
import org.apache.spark.sql.connector.catalog.TableInfo;
import org.apache.spark.sql.delta.catalog.DeltaCatalog;
import org.apache.spark.sql.execution.datasources.v2.V2SessionCatalog;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/**
 * One Unity catalog over Spark's session catalog, so that Spark itself resolves
 * catalog.schema.table: the schema {@code bronze} of catalog {@code a} is the session catalog's
 * database {@code a__bronze}. Tables are Delta's own. Configured as
 * {@code spark.sql.catalog.a=sluice.workspace.UnityCatalog}.
 */
public class UnityCatalog extends DeltaCatalog {
  private String catalog;

  @Override
  public void initialize(String name, CaseInsensitiveStringMap options) {
    catalog = name;
    setDelegateCatalog(new V2SessionCatalog(SparkSession.active().sessionState().catalog()));
    super.initialize(name, options);
  }

  private Identifier inSession(Identifier table) {
    String[] namespace = table.namespace();
    if (namespace.length != 1 || namespace[0].startsWith(catalog + "__")) return table;
    return Identifier.of(inSession(namespace), table.name());
  }

  private String[] inSession(String[] namespace) {
    if (namespace.length != 1 || namespace[0].startsWith(catalog + "__")) return namespace;
    return new String[] {catalog + "__" + namespace[0]};
  }

  @Override
  public Table loadTable(Identifier table) {
    return super.loadTable(inSession(table));
  }

  @Override
  public boolean tableExists(Identifier table) {
    return super.tableExists(inSession(table));
  }

  @Override
  public Table createTable(Identifier table, TableInfo info) {
    try {
      return super.createTable(inSession(table), info);
    } catch (Exception e) {
      throw UnityCatalog.<RuntimeException>sneaky(e);
    }
  }

  @Override
  public StagedTable stageCreate(Identifier table, TableInfo info) {
    try {
      return super.stageCreate(inSession(table), info);
    } catch (Exception e) {
      throw UnityCatalog.<RuntimeException>sneaky(e);
    }
  }

  @Override
  public StagedTable stageReplace(Identifier table, TableInfo info) {
    try {
      return super.stageReplace(inSession(table), info);
    } catch (Exception e) {
      throw UnityCatalog.<RuntimeException>sneaky(e);
    }
  }

  @Override
  public StagedTable stageCreateOrReplace(Identifier table, TableInfo info) {
    try {
      return super.stageCreateOrReplace(inSession(table), info);
    } catch (Exception e) {
      throw UnityCatalog.<RuntimeException>sneaky(e);
    }
  }

  @Override
  public Table alterTable(Identifier table, TableChange... changes) {
    return super.alterTable(inSession(table), changes);
  }

  @Override
  public boolean dropTable(Identifier table) {
    return super.dropTable(inSession(table));
  }

  @Override
  public void invalidateTable(Identifier table) {
    super.invalidateTable(inSession(table));
  }

  @Override
  public boolean namespaceExists(String[] namespace) {
    return super.namespaceExists(inSession(namespace));
  }

  /** Scala's methods throw what Java's compiler believes checked. */
  @SuppressWarnings("unchecked")
  private static <E extends Throwable> E sneaky(Throwable e) throws E {
    throw (E) e;
  }
}
